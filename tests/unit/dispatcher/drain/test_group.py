"""The parcels that a drainer makes of a group's first message."""

from typing import Any

import pytest
from msgspec.structs import replace

from comboio.contract.hold import HeldRecord, HoldMessage
from comboio.contract.record import Record
from comboio.drain.give_up import GiveUp
from comboio.drain.progress import Progress
from comboio.drain.waiting import MOST_ERROR
from comboio.message.content import Content
from comboio.message.registry.registry import RegistryUnavailableError
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.drain.group import Group, Received, failed, most_attempts
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Outcome
from tests.support.dispatcher import EXCUSED, NOW, THROTTLED, TRANSIENT, parcel, payload, record

TABLE = """
version = 1
[destinations.a]
type = "sqs"
[destinations.b]
type = "sqs"
[[routes]]
name = "r"
to = ["a", "b"]
ordering = "key"
max_age_s = 7200
[default]
to = ["dead_letter"]
"""
HOUR_MS = 3_600_000
ROUTER = Router(load(TABLE, {}))


class Unsure(Router):
    """A router whose registry does not know the schema of some offsets now."""

    def __init__(self, unread: set[int]) -> None:
        super().__init__(load(TABLE, {}))
        self._unread = unread

    def read(self, record: Record) -> Content:
        """See Router."""
        if record.offset in self._unread:
            raise RegistryUnavailableError("away")
        return super().read(record)


def held(offset: int, key: bytes | None = b"k", value: bytes | None = None, **changed: Any) -> HeldRecord:
    """Return a record that waits for destination a."""
    one = HeldRecord(record(offset, value or payload(), key), "r", 0, NOW, f"c-{offset}", f"e-{offset}", None, ("b",))
    return one._replace(**changed)


def group(*records: HeldRecord, progress: Progress | None = None, ordered: bool = True, sent_at: int = 0) -> Group:
    """Return a group with one message."""
    message = HoldMessage("a", ordered, records)
    return Group("g", [Received("m-1", "receipt-1", message, sent_at)], progress or Progress())


def outcomes(loaded: Group) -> dict[int, Outcome | None]:
    """Return the outcome of each parcel by offset."""
    return {one.record.offset: one.outcome for one in loaded.parcels.values()}


@pytest.mark.robustness("a service that does not answer")
def test_a_record_that_cannot_be_read_now_keeps_its_place() -> None:
    """While the registry is away, no later record of its key overtakes it; other keys go on, and records without one
    wait for nobody."""
    keys = {0: b"k", 1: b"k", 2: b"other", 3: b"k", 4: None, 5: None, 6: b"other"}
    one = group(*(held(offset, key) for offset, key in keys.items()))
    one.load(Unsure({1, 4}), NOW)
    assert outcomes(one) == {0: None, 1: Outcome.HELD, 2: None, 3: Outcome.HELD, 4: Outcome.HELD, 5: None, 6: None}


def test_people_are_told_why_a_record_cannot_be_read() -> None:
    """The hold queue's list says what the registry said, and not that time ran out."""
    one = group(held(0), held(1))
    one.load(Unsure({0}), NOW)
    assert one.waiting(NOW, 5.0, wakes=False).error == "away"


def test_a_dead_record_does_not_wait_for_one_that_cannot_be_read() -> None:
    """What is too old, or no message, is a dead letter whatever is before it."""
    one = group(held(0), held(1, value=b"{"), held(2, since=NOW - 2 * HOUR_MS - 1))
    one.load(Unsure({0}), NOW)
    assert outcomes(one) == {0: Outcome.HELD, 1: Outcome.DEAD, 2: Outcome.DEAD}


def test_a_parcel_is_as_far_as_its_record_was() -> None:
    """It goes to its one destination, keeps its ids and who has it, and its order where the message has one."""
    one = group(held(3, attempts=2, since=NOW - 5, traceparent="00-1-2-01"))
    one.load(ROUTER, NOW)
    (made,) = one.parcels.values()
    assert made.route is not None and (made.route.to, made.route.idempotency) == (("a",), "offset")
    assert (made.attempts, made.since, made.served, made.correlation_id, made.event_id, made.traceparent) == (
        2,
        NOW - 5,
        ("b",),
        "c-3",
        "e-3",
        "00-1-2-01",
    )
    assert made.token is not None and made.content is not None and made.content.code == 300
    loose = group(held(3), held(4, None), ordered=False)
    loose.load(ROUTER, NOW)
    assert [each.token for each in loose.parcels.values()] == [None, None]
    same, other = group(held(3), held(4), held(5, b"x"), held(6, None)), group(held(3, route="gone"))
    same.load(ROUTER, NOW)
    other.load(ROUTER, NOW)
    tokens = [each.token for each in (*same.parcels.values(), *other.parcels.values())]
    assert tokens[0] == tokens[1] and tokens[3] is None and len({tokens[0], tokens[2], tokens[4]}) == 3


def test_a_message_in_part_goes_on_where_it_was_left() -> None:
    """Only if it is that very message: another one of the group begins anew."""
    one = group(held(0), held(1, attempts=1), held(2))
    token = one.head.message.token
    left = Progress(last="m0", head=token, done=frozenset({0}), attempts={2: 4})
    one.progress = left
    one.load(ROUTER, NOW)
    assert {place: each.attempts for place, each in one.parcels.items()} == {1: 1, 2: 4}
    one.progress = replace(left, head="another")
    one.load(ROUTER, NOW)
    assert {place: each.attempts for place, each in one.parcels.items()} == {0: 0, 1: 1, 2: 0}


def test_a_message_that_was_drained_has_nothing_left_to_do() -> None:
    """SQS may deliver it again: its id tells, and it is complete without a call."""
    one = group(held(0), progress=Progress(drained=("m-2", "m-1", "m-3")))
    one.load(ROUTER, NOW)
    assert one.parcels == {} and one.complete
    fresh = group(held(0), progress=Progress(drained=("m-0",)))
    fresh.load(ROUTER, NOW)
    assert not fresh.complete


@pytest.mark.robustness("clocks that jump or are wrong")
@pytest.mark.parametrize(
    ("sent_ago", "since_ago", "expires"), [(0, 7_201, True), (0, 7_200, False), (7_201, -999, True)]
)
def test_what_waits_longer_than_its_route_allows_is_dead(sent_ago: int, since_ago: int, expires: bool) -> None:
    """By the earlier of its own time and that at which the queue got it, to the second."""
    sent_at = NOW - sent_ago * 1_000 if sent_ago else 0
    one = group(held(0, since=NOW - since_ago * 1_000), sent_at=sent_at)
    one.load(ROUTER, NOW)
    (made,) = one.parcels.values()
    assert made.reason == ("expired" if expires else None)


def test_a_destination_that_is_gone_makes_dead_letters() -> None:
    """The error names it, and what to do."""
    message = HoldMessage("gone", True, (held(0),))
    one = Group("g", [Received("m", "r", message)], Progress())
    one.load(ROUTER, NOW)
    (made,) = one.parcels.values()
    assert made.reason == "permanent" and "no destination gone" in made.error


def test_what_an_operator_gave_up_is_dead_and_nothing_else() -> None:
    """The letter says who it was; what is dead already keeps its reason."""
    one = group(held(0), held(1, value=payload(301)), held(2, value=b"{"), held(3, value=payload(301), since=NOW + 9))
    orders = [
        GiveUp(NOW, NOW + 1, codes=("999",)),
        GiveUp(NOW, NOW + 1, codes=("301",), by="ana"),
        GiveUp(NOW, NOW - 9),
    ]
    one.load(ROUTER, NOW, orders)
    reasons = {each.record.offset: each.reason for each in one.parcels.values()}
    assert reasons == {0: None, 1: "given_up", 2: "malformed", 3: None}
    assert one.parcels[1].error.endswith("was given up by ana")
    one.load(ROUTER, NOW, [GiveUp(NOW, NOW + 1)])
    assert one.parcels[0].error.endswith("was given up") and one.parcels[2].reason == "malformed"


def test_progress_says_what_is_done_and_what_was_used() -> None:
    """Of a message in part: the places with which nothing remains to be done, and the attempts of the others."""
    one = group(held(0), held(1), held(2), held(3))
    one.load(ROUTER, NOW)
    one.parcels[0].outcome = Outcome.DISPATCHED
    one.parcels[2].attempts = 3
    one.progress = Progress(last="m0", drained=("i0",))
    token = one.head.message.token
    assert one.stopped(counted_at=7) == Progress("m0", ("i0",), token, frozenset({0}), {2: 3}, 7)
    assert [each.record.offset for each, _ in one.left()] == [1, 2, 3] and not one.complete


def test_a_drained_head_makes_way_for_the_next() -> None:
    """Its token and its id are the group's progress, and the next message is the head."""
    one = group(held(0))
    following = Received("m-2", "receipt-2", HoldMessage("a", True, (held(9),)))
    one.messages.append(following)
    token = one.head.message.token
    one.load(ROUTER, NOW)
    one.drained()
    assert (one.progress, one.head, one.parcels) == (Progress(token, ("m-1",)), following, {})


def test_people_are_told_what_waits() -> None:
    """The records of all messages that were received, the oldest, the most attempts, the worst error and the codes."""
    one = group(held(0, since=NOW - 50), held(1, value=payload(301), since=NOW - 40), held(2, value=payload(301)))
    behind = HoldMessage("a", True, (held(8, attempts=1, since=NOW - 70), held(9)))
    one.messages.append(Received("m-2", "receipt-2", behind))
    one.load(ROUTER, NOW)
    one.parcels[0].outcome = Outcome.DISPATCHED
    one.parcels[1].add_fault("a", THROTTLED)
    one.parcels[2].add_fault("a", Fault(FaultKind.TRANSIENT, "x" * 999))
    one.parcels[2].attempts = 4
    found = one.waiting(NOW, 61.5, wakes=True)
    assert (found.destination, found.topic, found.partition, found.records) == ("a", "t", 0, 4)
    assert (found.codes, found.oldest, found.attempts) == ({"301": 2}, NOW - 70, 4)
    assert (found.error, found.seen_at, found.again_at) == ("x" * MOST_ERROR, NOW, NOW + 61_500)
    assert found.receipts == ("receipt-1", "receipt-2")
    assert one.waiting(NOW, 1.0, wakes=False).receipts == ()


def test_people_are_told_why_although_no_destination_was_asked() -> None:
    """A record that only cannot be read says so; where nothing was begun, that time ran out."""
    unread = group(held(0))
    unread.load(Unsure({0}), NOW)
    unread.parcels[0].error = "away"
    found = unread.waiting(NOW, 1.0, wakes=False)
    assert (found.error, found.codes) == ("away", {"": 1})
    fresh = group(held(0))
    assert fresh.waiting(NOW, 1.0, wakes=False).error == "time ran out before its turn"
    assert fresh.waiting(NOW, 1.0, wakes=False)[5:7] == (NOW, 0)


def test_only_a_call_that_failed_is_a_failure() -> None:
    """What was not asked, slowed down or excused is none, and neither is what another outcome ended."""
    parcels = [parcel(offset) for offset in range(4)]
    for one, fault in zip(parcels, (TRANSIENT, THROTTLED, EXCUSED, TRANSIENT), strict=True):
        one.add_fault("a", fault)
        one.outcome = Outcome.FAILED
    parcels[3].outcome = Outcome.DEAD
    assert [failed([one]) for one in parcels] == [True, False, False, False]
    assert failed(parcels) and not failed([]) and not failed([parcel(9)])
    parcels[1].attempts, parcels[2].attempts = 5, 2
    assert (most_attempts(parcels), most_attempts([])) == (5, 0)
