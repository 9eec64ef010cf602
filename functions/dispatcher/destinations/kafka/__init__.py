"""A Kafka topic: mirroring, retry topics. May import its parent, which imports it only where one is routed."""
