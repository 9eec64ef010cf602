"""The topics file, and how a cluster is changed to match it."""
