"""Measures the producer, and reports the figures: to a terminal, as JSON lines, to Prometheus, to CloudWatch."""
