"""Makes slides and diagrams of the docs: HTML, PDF and SVG, from Markdown."""
