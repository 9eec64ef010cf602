"""Which records the function gets: FilterCriteria, as Lambda has them for Kafka. Pure."""
