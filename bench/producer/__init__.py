"""Benchmarks of the producer: `make bench-producer`, `make poc`, `make soak`."""
