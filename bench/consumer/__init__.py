"""Benchmarks of the consumer."""
