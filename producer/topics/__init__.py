"""The topics file, and how a cluster is brought in line with it."""
