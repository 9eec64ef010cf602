"""What is told of a run: counts, histogram, audit entries."""
