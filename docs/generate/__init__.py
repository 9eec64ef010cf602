"""Writes the generated pages of the docs from the code: `python -m docs.generate`."""
