"""A destination's maximum of messages a second, for all execution environments together."""
