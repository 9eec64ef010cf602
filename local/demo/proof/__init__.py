"""The proof of a run: what arrived, held against what Kafka acknowledged."""
