"""A long outage of one destination at full rate, in virtual time: `make simulate OUTAGE=3600`."""
