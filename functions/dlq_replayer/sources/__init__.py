"""The kinds of sources, one a file."""
