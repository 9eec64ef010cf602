"""The ledger of a partition: which offsets are done. Pure policy, and its stores."""
