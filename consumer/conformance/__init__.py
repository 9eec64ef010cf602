"""Holds an event source mapping, ours or any other, to what AWS documents of its own for Kafka."""
