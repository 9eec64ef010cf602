"""What a run reports: counts, histogram, audit log and metrics."""
