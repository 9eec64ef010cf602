"""Schema registries: which schema a payload was written by, and what it says."""
