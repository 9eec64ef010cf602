"""What the replayer's tests are built of: letters, and parts that keep what they are given."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache
from math import inf
from typing import Any

from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.redispatch import RedispatchOutcome
from dlq_replayer.aws.s3 import Listed, ObjectsError
from dlq_replayer.letter import Receipt, ReceivedLetter
from dlq_replayer.request.request import Request

NOW = 1_795_359_600_000


def letter(offset: int = 0, codigo: Any = 300, **changed: Any) -> DeadLetter:
    """Return a dead letter of a good message, a minute old."""
    payload = {"event_id": f"e-{offset}", "codigo": codigo, "truck_id": "T-1", "occurred_at": "2026-11-22T15:00:00Z"}
    fields: dict[str, Any] = {
        "cluster": "arn:aws:kafka:us-east-1:1:cluster/c/1",
        "topic": "t",
        "partition": 0,
        "offset": offset,
        "timestamp": NOW - 70_000,
        "key": b"k",
        "value": json.dumps(payload).encode(),
        "headers": (("h", b"1"),),
        "reason": "permanent",
        "error": "Refused by telemetry",
        "route": "telemetry",
        "attempts": 1,
        "first_failure": NOW - 60_000,
        "last_failure": NOW - 60_000,
        "correlation_id": f"c-{offset}",
    }
    return DeadLetter(**{**fields, **changed})


def received(dead: DeadLetter | str, sent_at: int = NOW - 60_000, place: str = "") -> ReceivedLetter:
    """Return a message with that letter, or with a text that is none."""
    if isinstance(dead, str):
        return ReceivedLetter(Receipt(place or dead, "r"), sent_at, dead, None, "foreign")
    text = dead.to_json()
    return ReceivedLetter(Receipt(place or f"m-{dead.id}", "r"), sent_at, text, dead, envelope=text)


def request(**fields: Any) -> Request:
    """Return a replay, unless it says otherwise."""
    return Request.model_validate({"action": "replay", **fields})


class FakeTime:
    """A clock that goes only when somebody sleeps."""

    def __init__(self) -> None:
        self.ms = NOW
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Lets time go by."""
        self.slept.append(seconds)
        self.ms += int(seconds * 1000)

    @property
    def clocks(self) -> Clocks:
        """As the replayer is told."""
        return Clocks(lambda: self.ms, lambda: self.ms / 1000, self.sleep)


class ListSource:
    """A source of given messages."""

    after = ""

    def __init__(
        self, messages: Sequence[ReceivedLetter], stays: Callable[[ReceivedLetter], bool] = lambda received: False
    ) -> None:
        self.waiting = list(messages)
        self.removed: list[ReceivedLetter] = []
        self.left: list[ReceivedLetter] = []
        self.closed = False
        self.asked: list[int] = []
        """How many messages each read asked for."""
        self._stays = stays

    def read(self, most: int, until: float = inf) -> list[ReceivedLetter]:
        self.asked.append(most)
        page, self.waiting = self.waiting[:most], self.waiting[most:]
        return page

    def remove(self, messages: Sequence[ReceivedLetter]) -> int:
        self.removed += [each for each in messages if not self._stays(each)]
        return sum(map(self._stays, messages))

    def leave(self, messages: Sequence[ReceivedLetter]) -> None:
        self.left += messages

    def close(self) -> None:
        self.closed = True

    def depth(self) -> int | None:
        return len(self.waiting) + len(self.left)


class FakeTarget:
    """A target that answers as `outcome` says; keeps the ids in the order they came."""

    longest_ms = 0
    workers = 64

    def __init__(self, outcome: Callable[[DeadLetter], str] = lambda letter: RedispatchOutcome.DISPATCHED) -> None:
        self.outcome = outcome
        self.calls: list[list[str]] = []

    @property
    def taken(self) -> list[str]:
        return [name for call in self.calls for name in call]

    def take(self, letters: Sequence[ReceivedLetter]) -> Mapping[str, RedispatchOutcome]:
        self.calls.append([each.dead.id for each in letters])
        return {each.dead.id: RedispatchOutcome(self.outcome(each.dead)) for each in letters}


class FakeBucket:
    """Objects in memory; `refuses` is what S3 says to everything."""

    def __init__(self, objects: Mapping[str, bytes] | None = None, refuses: str = "") -> None:
        self.objects = dict(objects or {})
        self.refuses = refuses

    def list(self, bucket: str, prefix: str, after: str) -> Iterator[Listed]:
        self._check("")
        yield from (Listed(key, NOW) for key in sorted(self.objects) if key.startswith(prefix) and key > after)

    def get(self, bucket: str, key: str) -> bytes:
        self._check(key)
        return self.objects[key]

    def put(self, bucket: str, key: str, content: bytes) -> None:
        self._check("")
        self.objects[key] = content

    def delete(self, bucket: str, key: str) -> None:
        self._check(key)
        del self.objects[key]

    def _check(self, key: str) -> None:
        if self.refuses:
            raise ObjectsError(self.refuses, "on purpose")
        if key and key not in self.objects:
            raise ObjectsError("NoSuchKey", "there is none")


@cache
def pool() -> Executor:
    """Return the threads that all tests of a process share."""
    return ThreadPoolExecutor(8)
