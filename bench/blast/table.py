"""The routing table of the benchmark: two healthy queues, and a partner with about 30% of the traffic."""

ORDERED_CODES = (302,)
"""To the partner in order per key: 14% of the traffic."""

LOOSE_CODES = (303, 304)
"""To the partner in any order: 14% of the traffic."""

WEBHOOK_TIMEOUT_S = 5.0
"""The dispatcher's default, said in the table because the partner's own count depends on it."""

MAX_ATTEMPTS = 3
"""Fewer than deployed: the drainer waits longer after each attempt, and a run is to end."""


def routing_table(partner_url: str) -> str:
    """Return the table as TOML."""
    return f"""version = 1

[destinations.telemetry]
type = "sqs"
target = "$ROUTE_TELEMETRY_QUEUE_URL"

[destinations.events]
type = "sqs"
target = "$ROUTE_EVENTS_QUEUE_URL"

[destinations.partner]
type = "webhook"
target = "{partner_url}"
timeout_s = {WEBHOOK_TIMEOUT_S}

[[routes]]
name = "partner-ordered"
codigos = {list(ORDERED_CODES)}
to = ["partner"]
ordering = "key"
max_attempts = {MAX_ATTEMPTS}

[[routes]]
name = "partner-loose"
codigos = {list(LOOSE_CODES)}
to = ["partner"]
max_attempts = {MAX_ATTEMPTS}

[[routes]]
name = "telemetry"
codigos = [301]
to = ["telemetry"]
pack = 100

[default]
to = ["events"]
pack = 100
"""
