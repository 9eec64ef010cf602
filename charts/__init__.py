"""Draws charts as inline SVG and sets them in pages that need no other file: no script, no font, no network."""
