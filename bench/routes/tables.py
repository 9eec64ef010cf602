"""The tables that are measured, and the messages that go through them."""

import json
from collections.abc import Callable, Iterator, Mapping

from comboio.contract.record import Record

ROUTES = 200
"""Of each table with conditions."""

TARGETS = """
[destinations.queue]
type = "sqs"
target = "https://sqs.us-east-1.amazonaws.com/000000000000/queue"
[default]
to = ["queue"]
"""


def _conditions(condition: Callable[[int], str]) -> str:
    routes = (f'[[routes]]\nname = "r{n}"\nto = ["queue"]\nwhen = {{ {condition(n)} }}\n' for n in range(ROUTES))
    return f"version = 2\n{TARGETS}{''.join(routes)}"


TABLES: Mapping[str, str] = {
    "version 1, the default": f"version = 1\n{TARGETS}",
    "version 2, no conditions": f"version = 2\n{TARGETS}",
    "a header's text and a number": _conditions(lambda n: f'"header.tenant" = ["t{n}"], "value.speed" = ">{n}"'),
    "one field's numbers, none holds": _conditions(lambda n: f'"value.speed" = ">{1000 + n}"'),
    "one field's numbers, the last holds": _conditions(lambda n: f'"value.speed" = ">{2 * ROUTES - 1.5 * n}"'),
    "one field's ranges": _conditions(lambda n: f'"value.speed" = {{ numeric = [">", {n}, "<=", {n + 1}] }}'),
    "numbers that hold, another field that does not": _conditions(
        lambda n: f'"value.speed" = ">{n / 10}", "value.none" = {{ exists = true }}'
    ),
    "the key's prefix, none holds": _conditions(lambda n: f'"key" = "prefix:XX{n}-"'),
    "the key's suffix, none holds": _conditions(lambda n: f'"key" = "suffix:-{n}X"'),
    "texts that a field is not": _conditions(lambda n: f'"header.tenant" = {{ anything-but = ["t{n}"] }}'),
    "addresses, none holds": _conditions(lambda n: f'"header.from" = {{ cidr = "10.{n}.0.0/16" }}'),
}
"""By what they ask for."""


def records(count: int) -> Iterator[Record]:
    """Yield messages of about 200 bytes."""
    for number in range(count):
        value = {
            "codigo": 300 + number % 60,
            "truck_id": f"truck-{number % 500:04}",
            "event_id": f"{number:032x}",
            "occurred_at": "2026-11-28T12:00:00.000Z",
            "speed": 120 + number % 60,
            "position": {"lat": -23.5, "lon": -46.6},
        }
        headers = [{"tenant": list(f"t{number % ROUTES}".encode()), "from": list(b"192.168.0.1")}]
        yield Record("", "mt-c400-0", "mt-c400", 0, number, 0, b"BR-%d" % number, json.dumps(value).encode(), headers)
