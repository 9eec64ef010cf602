"""Which records of a batch are dispatched now: leases, admission, event claims."""
