"""`make demo`: the whole system on one machine, with faults, and a reconciliation at the end."""
