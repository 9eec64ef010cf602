"""Commands for people, run from a checkout and never deployed. Nothing imports it."""
