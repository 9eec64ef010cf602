"""Comboio's producer: source -> message builder -> topic resolver -> key resolver -> Kafka -> metrics."""
