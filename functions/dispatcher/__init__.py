"""The dispatcher: a batch of Kafka records in, every record to its destinations, a partial-batch response out."""
