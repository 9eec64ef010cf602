"""What the consumer tells of itself: statistics, journal and health."""
