"""`make adopt-check`: foreign messages reach their destinations with a routing table, and no change in code."""
