"""The local stack: Kafka and AWS on this machine, on loopback, gone when their user is gone."""
