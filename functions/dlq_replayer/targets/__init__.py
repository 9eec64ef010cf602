"""The kinds of targets, one a file."""
