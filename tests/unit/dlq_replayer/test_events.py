"""What events/README.md says of the replayer: which records a given-up batch still has, and what a request does."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from comboio.drain.give_up import GiveUp
from comboio.drain.waiting import Waiting
from comboio.invocation import Invocation
from dlq_replayer.hold.control import HoldControl
from dlq_replayer.observe.audit import Audit
from dlq_replayer.replayer import Replayer
from dlq_replayer.runs import Runs
from dlq_replayer.sender import Capacity
from dlq_replayer.sources.on_failure import OnFailureObjects
from local.recording.folder import EVENTS
from tests.support.recorded_events import Described, described
from tests.support.replayer import NOW, FakeBucket, FakeTarget, FakeTime, ListSource, letter, pool, received

GIVEN_UP = [each for each in described() if each.name.startswith("on-failure/")]
REQUESTS = [each for each in described() if each.name.startswith("replayer/")]

HALF_PAST_THREE = NOW + 30 * 60_000
GIVEN_UP_AT = json.loads((EVENTS / "on-failure" / "bucket-object.json").read_text(encoding="utf-8"))["timestamp"]
ASKED_AT = int(datetime.fromisoformat(GIVEN_UP_AT).timestamp() * 1000) + 60_000
"""A run takes nothing that came after it began."""

LETTERS = [
    letter(0, 301, topic="mt-c400", reason="unroutable"),
    letter(1, 303, topic="mt-c300", reason="attempts_exhausted", last_failure=HALF_PAST_THREE),
    letter(2, topic="mt-c400", reason="malformed", value=b"{"),
    letter(3, topic="mt-c400", reason="tombstone", value=None),
]
WAITING = [
    Waiting("partner", "mt-c400", 0, 4, {"301": 4}, NOW - 60_000, 4, "500", ASKED_AT, ASKED_AT + 540_000, ("receipt",)),
    Waiting("partner", "mt-c400", 1, 3, {"302": 3}, NOW - 60_000, 4, "500", ASKED_AT, ASKED_AT + 540_000, ("receipt",)),
]


class Hold:
    """What waits, and what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def read(self) -> Iterator[Waiting]:
        yield from WAITING

    def add(self, destination: str, order: GiveUp) -> None:
        self.done.append("an order to give up")

    def make_visible(self, handles: Sequence[str]) -> list[bool]:
        self.done.append("waits ended")
        return [True for _ in handles]

    def depth(self) -> int | None:
        return len(WAITING)


class Parking:
    """Takes what is parked."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def park(self, messages: Sequence[Any], why: str) -> list[bool]:
        self.kept += [why for _ in messages]
        return [True for _ in messages]


class Silent(Audit):
    """Hears nothing."""

    def begun(self, *_: Any) -> None: ...
    def refused(self, *_: Any) -> None: ...
    def ended(self, *_: Any) -> None: ...
    def warn(self, *_: Any) -> None: ...


def on_failure(name: str) -> OnFailureObjects:
    """Open a document of the folder as the one object of a bucket."""
    return OnFailureObjects(FakeBucket({"aws/lambda/1": (EVENTS / name).read_bytes()}), "bucket", "aws/lambda/")


def test_the_readme_has_every_document() -> None:
    """No document and no request lies in a folder that the README says nothing of, and none is missing."""
    files = sorted(path.relative_to(EVENTS).as_posix() for path in EVENTS.glob("*/*.json"))
    assert sorted(each.name for each in [*GIVEN_UP, *REQUESTS]) == files


@pytest.mark.parametrize("row", GIVEN_UP, ids=lambda row: row.name)
def test_a_given_up_batch_is_read_as_the_readme_says(row: Described) -> None:
    """The letters' reason and positions are the README's, or why there is none."""
    found = on_failure(row.name).read(10)
    if row.answer == "no letter":
        assert [each.letter for each in found] == [None]
        assert row.then.removeprefix("none: ") in found[0].flaw
        return
    assert {each.dead.reason for each in found} == {row.answer}
    assert ", ".join(f"{each.dead.topic}-{each.dead.partition}:{each.dead.offset}" for each in found) == row.then


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.name)
def test_a_request_is_answered_as_the_readme_says(row: Described) -> None:
    """The counts of the answer are the README's, and so is what was done to letters and to what waits."""
    time, hold, parking, target = FakeTime(), Hold(), Parking(), FakeTarget()
    queue = ListSource([received(each) for each in LETTERS])
    time.ms = ASKED_AT

    def source(request: Any, _: Invocation) -> Any:
        return on_failure("on-failure/bucket-object.json") if request.source.startswith("s3://") else queue

    capacity = Capacity(1_000, 10, 1)
    runs = Runs(source, lambda *_: target, parking, pool(), capacity, margin_ms=1_000, clocks=time.clocks)  # type: ignore[arg-type]
    replayer = Replayer(runs, HoldControl(hold, hold, hold), None, Silent(), time.clocks)
    asked = json.loads((EVENTS / row.name).read_text(encoding="utf-8"))
    answer = replayer.handle(asked, Invocation("run", time.ms + 60_000))
    counts = {name: count for name, count in answer.get("counts", {"refused": 1}).items() if count}
    assert counts == json.loads(row.answer)
    done = [*hold.done]
    done += [f"{len(target.taken)} replayed"] * bool(target.taken)
    done += [f"{len(parking.kept)} parked"] * bool(parking.kept)
    assert (", ".join(done) or "nothing") == row.then
