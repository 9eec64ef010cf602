"""`make routes`: checks a routing table, and explains where a message goes."""
