"""From a record's timestamp to taken by its destination, by route and batching window, and where the time goes."""
