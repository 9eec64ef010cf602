"""Formats on a wire: what two deployables must agree on. Imports nothing but comboio.errors."""
