"""What three ways of claiming an event_id cost: `python -m bench.dispatcher.event_claims` (docs/adr/0009).

Real requests, signed and serialised; the answer comes after 5 ms from a stub. CPU is this process's, per message.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from comboio.aws.http import Answer
from comboio.aws.json_api import DYNAMODB, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.claims.claims import FOREVER, Claim
from comboio.claims.dynamodb import DynamoClaims

MESSAGES = 4_000
LATENCY_S = 0.005


class Stub:
    """Answers every call with nothing to say, after a while."""

    host = "dynamodb.us-east-1.amazonaws.com"

    def __init__(self) -> None:
        self.calls = 0

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:  # noqa: ARG002 the shape of Http
        """See Http."""
        self.calls += 1
        time.sleep(LATENCY_S)
        return Answer(200, b'{"Responses":{"t":[]},"UnprocessedKeys":{},"UnprocessedItems":{}}')


def _put(name: str) -> dict[str, object]:
    return {"pk": {"S": name}, "owner": {"S": "mt-c400-3:1042"}, "expires_at": {"N": "1795359600"}}


def puts(api: JsonApi, pool: ThreadPoolExecutor, names: list[str]) -> None:
    """One conditional write each, in parallel: what is built."""
    claims = [Claim(name, "mt-c400-3:1042") for name in names]
    DynamoClaims(api, "t", pool, 86_400).take(claims, 1_795_359_600_000, FOREVER)


def transactions(api: JsonApi, pool: ThreadPoolExecutor, names: list[str]) -> None:
    """Make a hundred conditional writes a transaction; one that is taken already cancels the other 99."""

    def write(part: list[str]) -> None:
        items = [
            {"Put": {"TableName": "t", "Item": _put(name), "ConditionExpression": "attribute_not_exists(pk)"}}
            for name in part
        ]
        api.call("TransactWriteItems", {"TransactItems": items})

    list(pool.map(write, (names[at : at + 100] for at in range(0, len(names), 100))))


def marks(api: JsonApi, pool: ThreadPoolExecutor, names: list[str]) -> None:
    """Read a hundred at a time, then mark 25 at a time, without conditions: exact only under one lease."""

    def read(part: list[str]) -> None:
        keys = [{"pk": {"S": name}} for name in part]
        api.call("BatchGetItem", {"RequestItems": {"t": {"Keys": keys, "ConsistentRead": True}}})

    def write(part: list[str]) -> None:
        api.call("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": _put(name)}} for name in part]}})

    list(pool.map(read, (names[at : at + 100] for at in range(0, len(names), 100))))
    list(pool.map(write, (names[at : at + 25] for at in range(0, len(names), 25))))


def main() -> None:
    """Measures the three, and prints a line each."""
    ways: list[tuple[str, Callable[[JsonApi, ThreadPoolExecutor, list[str]], None], str]] = [
        ("conditional puts", puts, "1 write"),
        ("transactions of 100", transactions, "2 writes"),
        ("reads and marks", marks, "1 write + 1 read"),
    ]
    names = [f"event#telemetry#0192f0c1-7d3a-7b5e-9a51-{number:012x}" for number in range(MESSAGES)]
    for title, way, units in ways:
        stub = Stub()
        api = JsonApi(DYNAMODB, "us-east-1", lambda: Credentials("AKIDEXAMPLE", "secret", "t" * 300), stub)
        with ThreadPoolExecutor(64) as pool:
            way(api, pool, names[:200])
            stub.calls, cpu, wall = 0, time.process_time(), time.perf_counter()
            way(api, pool, names)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        sys.stdout.write(
            f"{title:20} {cpu / MESSAGES * 1e6:6.1f} us CPU a message  {MESSAGES / wall:8.0f} messages/s  "
            f"{stub.calls * 1000 / MESSAGES:6.1f} calls per 1,000  {units} a message\n"
        )


if __name__ == "__main__":
    main()
