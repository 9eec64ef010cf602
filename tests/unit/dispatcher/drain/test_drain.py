"""What a drainer does with the messages it gets; many schedules together are the simulation's matter."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from comboio.aws.json_api import AwsError
from comboio.contract.hold import ALONE, HeldRecord, HoldMessage
from dispatcher.drain.hold_source import SqsHoldSource
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from dispatcher.send.hold_queue import SqsHoldQueue
from tests.simulation.world.downstream import Downstream
from tests.simulation.world.world import World
from tests.support.dispatcher import FakeQueue, InlineExecutor, record

DAY_MS = 86_400_000


def diverted(codigo: int, number: int, **changed: Any) -> World:
    """Return a world in which `number` records of a code were diverted from destination b, which is down."""
    world = World([(0, codigo, truck) for truck in range(number)], {}, when_down="divert", **changed)
    world.b.down = True
    assert world.invoke({"t-0": [record["offset"] for record in world.records["t-0"]]}) == {}
    assert len(world.hold.messages) == 1
    return world


def taken(world: World) -> list[int]:
    """Return the offsets that b took."""
    return [offset for _, offset in world.b.taken]


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_what_is_diverted_is_done_for_the_mapping_and_waits_in_the_queue() -> None:
    """The batch is answered as done, the other destination has its records, and the ledger has nothing unfinished."""
    world = diverted(300, 5)
    assert [offset for _, offset in world.a.taken] == [0, 2, 4, 6, 8]
    (name,) = world.ledgers._items
    ledger = world.ledgers.ledger(name)
    assert (ledger.incomplete, ledger.deferred) == ({}, ())
    assert list(ledger.diverted) == ["b"]


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_while_the_destination_is_down_its_messages_stay_and_use_no_attempt() -> None:
    """However often the drainer looks within an hour, nothing is lost, dead-lettered or counted."""
    world = diverted(300, 5)
    looks = 0
    for _ in range(200):
        looks += world.drain()
        world.ms += 15_000
    assert looks > 20 and world.shelf.letters == [] and len(world.hold.messages) == 1
    world.b.down = False
    for _ in range(100):
        world.drain()
        world.ms += 15_000
    assert sorted(taken(world)) == [0, 2, 4, 6, 8] and not world.hold.messages


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_after_draining_records_go_straight_again() -> None:
    """Once the drainer's position agrees with the ledger's marker, nothing more is diverted, and the marker is gone."""
    world = diverted(300, 3)
    world.b.down = False
    world.ms += 60_000
    while world.drain():
        world.ms += 60_000
    for truck in range(3):
        world.produce(0, 300, truck)
    world.b._script.clear()
    assert world.invoke({"t-0": [6, 8, 10]}) == {}
    assert world.hold.messages == [] and taken(world) == [0, 2, 4, 6, 8, 10]
    (name,) = world.ledgers._items
    assert world.ledgers.ledger(name).diverted == {}


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_before_it_is_drained_nothing_overtakes() -> None:
    """While something of a partition is in the hold queue, its later ordered records go behind it, though the
    destination is well; those of routes without order go straight."""
    world = diverted(300, 1)
    world.b.down = False
    world.ms += 60_000
    world.produce(0, 300, 0)
    world.produce(0, 302, 0)
    assert world.invoke({"t-0": [2, 4]}) == {}
    assert taken(world) == [4] and len(world.hold.messages) == 2
    for _ in range(20):
        world.drain()
        world.ms += 60_000
    assert taken(world) == [4, 0, 2]


class Poisoned(Downstream):
    """Answers every call that has the poison in it with a failure."""

    def __init__(self, name: str, poison: int) -> None:
        super().__init__(name, [])
        self._poison = poison

    def send(self, entries: Sequence[Any], timeout_s: float) -> list[Fault | None]:
        parcels: list[Parcel] = [parcel for entry in entries for parcel in entry.parcels]
        if any(parcel.record.offset == self._poison for parcel in parcels) and not self.down:
            return [Fault(FaultKind.TRANSIENT, "500")] * len(entries)
        return super().send(entries, timeout_s)


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("codigo", [300, 302])
def test_a_poison_message_ends_in_the_dlq_and_takes_no_other_with_it(codigo: int) -> None:
    """A message that makes its receiver fail whatever call it is in is dead-lettered after its attempts, alone."""
    world = World(
        [(0, codigo, truck) for truck in range(20)],
        {},
        when_down="divert",
        destinations=(Downstream("a", []), Poisoned("b", 10)),
    )
    offsets = [record["offset"] for record in world.records["t-0"]]
    assert world.invoke({"t-0": offsets}) == {}
    for _ in range(300):
        world.drain()
        world.ms += 20_000
    assert world.shelf.letters == [("t-0", 10)] and world.shelf.reasons == ["attempts_exhausted"]
    assert sorted(taken(world)) == [offset for offset in offsets if offset != 10]
    assert not world.hold.messages


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_what_waits_too_long_is_dead_lettered() -> None:
    """Past its route's max_age_s a record goes to the DLQ, whole, and leaves the queue."""
    world = diverted(300, 2)
    world.ms += 2 * DAY_MS
    for _ in range(5):
        world.drain()
        world.ms += 60_000
    assert world.shelf.reasons == ["expired", "expired"] and not world.hold.messages


@pytest.mark.robustness("clocks that jump or are wrong")
def test_what_waits_too_long_is_told_by_the_queues_clock() -> None:
    """A dispatcher whose clock was a year ahead does not keep a record in the queue until SQS drops it."""
    world = diverted(300, 2)
    (message,) = world.hold.messages
    hold = HoldMessage.from_body(message["body"])
    late = tuple(held._replace(since=held.since + 365 * DAY_MS) for held in hold.records)
    message["body"] = replace(hold, records=late).to_body()
    world.ms += 2 * DAY_MS
    for _ in range(5):
        world.drain()
        world.ms += 60_000
    assert world.shelf.reasons == ["expired", "expired"] and not world.hold.messages


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_a_loose_message_that_fails_whole_is_kept() -> None:
    """Its rest is the message itself, which the queue must not take for a repeated write of it."""
    sent = FakeQueue()
    message = HoldMessage("b", False, (HeldRecord(record(1), "r", 0, 0, "c", "e", None),))
    assert SqsHoldQueue("https://sqs/hold.fifo", sent.api, InlineExecutor()).write([message], within_s=9.0) == [True]
    assert SqsHoldSource("https://sqs/hold.fifo", "https://sqs/dlq", sent.api).put_aside(message, within_s=9.0)
    assert len({entry["MessageDeduplicationId"] for entry in sent.kept}) == 2


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_a_letter_of_the_hold_queue_is_for_its_own_destination_alone() -> None:
    """The letter names the other destinations as served, so that its replay sends them nothing twice."""
    world = diverted(300, 2)
    assert [offset for _, offset in world.a.taken] == [0, 2]
    world.ms += 2 * DAY_MS
    for _ in range(5):
        world.drain()
        world.ms += 60_000
    assert world.shelf.served == [("a",), ("a",)]


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_a_message_that_is_delivered_again_after_it_was_drained_is_not_sent_again() -> None:
    """Where its deletion was lost, the message's own id tells that nothing remains to be done."""
    world = diverted(300, 2)
    world.b.down = False
    message = dict(world.hold.messages[0])
    for _ in range(10):
        world.ms += 60_000
        world.drain()
    world.hold.messages.append({**message, "visible_at": 0})
    assert world.drain() and not world.hold.messages
    assert taken(world) == [0, 2]


def test_messages_that_were_drained_together_and_come_again_are_not_sent_again() -> None:
    """SQS may lose the deletion of all that a drainer was given; none of them makes the group look less far."""
    world = diverted(300, 1)
    assert world.invoke({"t-0": [world.produce(0, 300, 0)[1]]}) == {}
    world.b.down, world.hold.lost_deletes = False, 1
    world.ms += 60_000
    world.drain()
    assert len(world.hold.messages) == 2 and taken(world) == [0, 2]
    world.ms += 60_000
    world.drain()
    assert not world.hold.messages and taken(world) == [0, 2]
    (progress,) = world.progress.items.values()
    assert len(progress.drained) == 2


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_what_is_no_hold_message_goes_to_the_dlq_as_it_is() -> None:
    """A foreign message hinders no other, and has a place where the replayer finds it."""
    world = diverted(300, 1)
    world.b.down = False
    world.ms += 60_000
    foreign = {"messageId": "f", "receiptHandle": "r", "body": "hi", "attributes": {"MessageGroupId": "g"}}
    world.hold.messages.insert(0, {**foreign, "visible_at": 0})
    for _ in range(20):
        world.drain()
        world.ms += 60_000
    assert world.hold.bodies_elsewhere == ["hi"] and not world.hold.messages and taken(world) == [0]


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_what_failed_of_a_loose_message_waits_alone() -> None:
    """Where no order is kept, the rest of a message goes into a group of its own: nothing stands behind it."""
    world = World(
        [(0, 302, truck) for truck in range(6)],
        {},
        when_down="divert",
        destinations=(Downstream("a", []), Poisoned("b", 4)),
    )
    assert world.invoke({"t-0": [0, 2, 4, 6, 8, 10]}) == {}
    groups: set[str] = set()
    for _ in range(10):
        groups |= {message["attributes"]["MessageGroupId"] for message in world.hold.messages}
        world.drain()
        world.ms += 3_000
    assert any(name.startswith(ALONE) for name in groups)


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("call", ["read", "write"])
def test_when_the_table_does_not_answer_messages_come_again_in_seconds(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is away for a moment costs seconds, not the queue's visibility timeout of minutes."""
    world = diverted(300, 2)
    world.b.down = False
    world.ms += 60_000

    def away(*_: Any, **__: Any) -> Any:
        raise AwsError("dynamodb", "Call", "ServiceUnavailable", "away", 503)

    with monkeypatch.context() as changed:
        changed.setattr(world.progress, call, away)
        assert world.drain() and len(world.hold.messages) == 1
    world.ms += 14_000
    assert world.drain() and not world.hold.messages
    assert taken(world) == ([0, 2] if call == "read" else [0, 2, 0, 2])


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("refused", ["all", "one"])
def test_a_wait_that_sqs_does_not_take_is_told(refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wonders why a group waits for minutes: the log says so, and what to check."""
    world = diverted(300, 2)

    def refuse(_: str, entry: dict[str, Any]) -> bool:
        if refused == "all":
            raise AwsError("sqs", "Call", "AccessDenied", "no", 403)
        return False

    monkeypatch.setattr(world.hold, "_change", refuse)
    world.ms += 60_000
    assert world.drain() and len(world.hold.messages) == 1
    assert any("visibility timeout" in warning for warning in world.reporter.warnings)
