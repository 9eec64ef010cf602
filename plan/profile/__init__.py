"""The traffic that a plan is for: read from a file, checked at the edge."""
