"""Claims by name, which make an event or a replay idempotent. The protocol, and its stores."""
