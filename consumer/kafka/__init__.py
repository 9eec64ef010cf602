"""The consumer group, its commits and its client."""
