"""Drains the hold queue: sends what was diverted once its destination is well, in order where a route keeps it."""
