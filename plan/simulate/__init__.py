"""Simulates partitions, batches and environments event by event, where formulas are too smooth."""
