"""The Kafka client: configuration, security, delivery reports, error classes."""
