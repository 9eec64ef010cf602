"""Shows a plan: in the terminal, as a page with charts, and as the files that carry it out."""
