"""Spans, and their way to an OTLP receiver: none of it is imported unless an endpoint is set."""
