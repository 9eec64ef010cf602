"""Reads the topics file, and changes a cluster's topics to match it."""
