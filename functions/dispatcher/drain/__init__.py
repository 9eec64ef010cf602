"""Drains the hold queue: sends what was diverted once its destination recovers, in order where a route keeps it."""
