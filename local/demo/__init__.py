"""`make demo`: the whole system on one machine, faults included, and a reconciliation at the end."""
