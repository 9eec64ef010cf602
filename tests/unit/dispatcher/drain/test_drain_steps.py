"""What a drainer writes, waits for and answers at each step, against parts that do as the test says."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from comboio.aws.json_api import AwsError
from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.contract.hold import ALONE, HeldRecord, HoldMessage
from comboio.destination_state.state import Permission
from comboio.drain.give_up import GiveUp
from comboio.drain.memory import MemoryDrainStore
from comboio.drain.progress import Progress
from comboio.drain.waiting import Waiting
from comboio.invocation import Invocation
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.drain import backoff
from dispatcher.drain.drain import Drainer
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.circuit_breaker import OPENS_AFTER
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import NO_EVIDENCE, Evidence, OpenGate, Permissions
from tests.support.dispatcher import (
    NOW,
    PERMANENT,
    THROTTLED,
    TRANSIENT,
    Downstream,
    InlineExecutor,
    MemoryReporter,
    payload,
    record,
)

AWAY = AwsError("dynamodb", "Call", "Unreachable", "cut off", 0)
HOUR_MS = 3_600_000
ROUTER = Router(
    load(
        """
version = 1
[destinations.a]
type = "fake"
[destinations.b]
type = "fake"
[[routes]]
name = "r"
to = ["a", "b"]
ordering = "key"
max_attempts = 3
[[routes]]
name = "other"
to = ["a"]
[default]
to = ["dead_letter"]
""",
        {},
    )
)


class Source:
    """A hold queue that remembers what it is told."""

    def __init__(self) -> None:
        self.waits: list[tuple[list[str], float, float]] = []
        self.aside: list[HoldMessage] = []
        self.foreign: list[tuple[str, float]] = []
        self.takes = True

    def retry_after(self, receipts: Sequence[str], seconds: float, *, within_s: float) -> bool:
        """See HoldSource."""
        self.waits.append((list(receipts), seconds, within_s))
        return self.takes

    def put_aside(self, message: HoldMessage, *, within_s: float) -> bool:
        """See HoldSource."""
        self.aside.append(message)
        return self.takes

    def set_aside(self, body: str, *, within_s: float) -> bool:
        """See HoldSource."""
        self.foreign.append((body, within_s))
        return self.takes


class Table(MemoryDrainStore):
    """How far the groups are, with trouble where a test wants some."""

    def __init__(self) -> None:
        super().__init__()
        self.away: set[str] = set()
        self.times: list[tuple[str, float]] = []

    def read(self, groups: Iterable[str], *, within_s: float) -> Mapping[str, Progress]:
        self._step("read", within_s)
        return super().read(groups, within_s=within_s)

    def write(
        self, group: str, progress: Progress, now: int, *, within_s: float, waiting: Waiting | None = None
    ) -> None:
        self._step("write", within_s)
        super().write(group, progress, now, within_s=within_s, waiting=waiting)

    def _step(self, what: str, within_s: float) -> None:
        self.times.append((what, within_s))
        if what in self.away:
            raise AWAY


class Orders:
    """What operators gave up."""

    def __init__(self) -> None:
        self.given: dict[str, list[GiveUp]] = {}
        self.asked: list[tuple[set[str], float]] = []
        self.away = False

    def read(self, destinations: Iterable[str], *, within_s: float) -> Mapping[str, Sequence[GiveUp]]:
        """See GiveUpOrders."""
        self.asked.append((set(destinations), within_s))
        if self.away:
            raise AWAY
        return self.given


class Gate(OpenGate):
    """Permits what a test says."""

    def __init__(self) -> None:
        self.permits = Permissions()

    def permissions(
        self,
        states: Mapping[str, DestinationState],
        routes: Collection[str],
        *,
        may_probe: Collection[str],
        within_s: float,
    ) -> Permissions:
        """See Gate."""
        return self.permits

    def learn(
        self,
        states: Mapping[str, DestinationState],
        permissions: Permissions,
        evidence: Evidence = NO_EVIDENCE,
        *,
        within_s: float,
    ) -> None:
        """See Gate."""


class Letters:
    """A DLQ that takes everything, or nothing."""

    def __init__(self) -> None:
        self.reasons: list[tuple[int, str | None]] = []
        self.takes = True

    def write(self, parcels: Sequence[Parcel], now: int, *, within_s: float) -> None:
        """See DeadLetters."""
        for parcel in parcels:
            parcel.in_dlq = self.takes
            if self.takes:
                self.reasons.append((parcel.record.offset, parcel.reason))


class Bed:
    """A drainer with its surroundings; `verdict` says what destination a makes of an offset."""

    def __init__(self, verdict: Callable[[int], Fault | None] = lambda offset: None) -> None:
        self.s = 100.0
        self.source, self.table, self.orders, self.gate = Source(), Table(), Orders(), Gate()
        self.letters, self.reporter = Letters(), MemoryReporter()
        self.sent: list[list[int]] = []
        """What a tracer is told of, call by call."""
        self.a = Downstream("a", verdict)
        self.states = {"a": DestinationState(self.a, lambda _: InlineExecutor())}
        clocks = Clocks(lambda: NOW + int((self.s - 100) * 1000), lambda: self.s, self._sleep)
        delivery = Delivery(MemoryClaims(), self.letters, None, self.gate, Timeouts(2.0, 60.0), clocks)
        self.drainer = Drainer(
            self.source,
            self.table,
            self.orders,
            lambda: Outlets(ROUTER, self.states),
            delivery,
            10.0,
            reporter=self.reporter,
            clocks=clocks,
            jitter=lambda: 0.5,
            sent=lambda parcels, delivered, outlets: self.sent.append([each.record.offset for each in parcels]),
        )

    def _sleep(self, seconds: float) -> None:
        self.s += seconds

    def drain(self, *messages: HoldMessage | str, left_s: float = 60.0, **more: Any) -> list[str]:
        """Drain messages; return the ids of those that stay."""
        records = [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"receipt-{number}",
                "body": message if isinstance(message, str) else message.to_body(),
                **more,
            }
            for number, message in enumerate(messages)
        ]
        answer = self.drainer.drain({"Records": records}, Invocation("me", NOW + int((self.s - 100 + left_s) * 1000)))
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    @property
    def waits(self) -> list[tuple[list[str], float]]:
        """What waits, and for how long."""
        return [(receipts, seconds) for receipts, seconds, _ in self.source.waits]

    def used(self, group: str) -> Mapping[int, int]:
        """Return the attempts that the table has of a group's message in part."""
        return self.table.items[group].attempts


def message(*offsets: int, ordered: bool = True, key: bytes = b"k", attempts: int = 0) -> HoldMessage:
    """Return a message of some records for destination a."""
    held = tuple(
        HeldRecord(record(offset, payload(), key), "r", attempts, NOW - 5_000, "c", "e", None) for offset in offsets
    )
    return HoldMessage("a", ordered, held)


def test_what_is_taken_leaves_the_queue_and_its_group_goes_on() -> None:
    """Message after message, each noted before it leaves; nothing waits, and the report says what was done."""
    bed = Bed()
    first, second = message(1, 2), message(3)
    assert bed.drain(first, second) == []
    assert bed.a.taken == [1, 2, 3] and bed.waits == [] and bed.sent == [[1, 2], [3]]
    assert bed.table.items == {first.group: Progress(second.token, ("m0", "m1"))}
    (report,) = bed.reporter.drains
    assert (report.messages, report.foreign, report.split, report.drained["a"], report.calls["a"]) == (2, 0, 0, 3, 3)
    assert report.oldest_ms == {"a": 5_000}
    assert len(bed.reporter.invocations) == 1


def test_steps_have_the_time_of_their_part() -> None:
    """Reads end while there is time to send, foreign bodies while there is time to write, and the rest at the end."""
    bed = Bed(lambda offset: TRANSIENT)
    bed.drain(message(1), "foreign")
    assert bed.table.times[0] == ("read", 50.0) and bed.orders.asked == [({"a"}, 50.0)]
    ((body, left_s),) = bed.source.foreign
    assert body == "foreign" and left_s == pytest.approx(54.5)
    (_, _, within_s), (_, written_s) = bed.source.waits[0], bed.table.times[-1]
    assert 58.0 < within_s <= 59.0 and 58.0 < written_s <= 59.0


def test_a_group_stops_at_a_failure_and_others_do_not() -> None:
    """Its messages come again together, after a wait by the attempts of the record at fault; what was sent of it is
    noted, and people are told."""
    bed = Bed(lambda offset: TRANSIENT if offset == 2 else None)
    one, behind, other = message(1, 2), message(3), message(7, ordered=False)
    assert bed.drain(one, behind, other) == ["m0", "m1"]
    assert bed.a.taken == [1, 7]
    assert bed.waits == [(["receipt-0", "receipt-1"], float(backoff.TIERS_S[0]))]
    progress = bed.table.items[one.group]
    assert progress.head == one.token and progress.done == {0} and progress.attempts == {1: 1}
    waiting = bed.table.waiting[one.group]
    assert (waiting.records, waiting.attempts, waiting.error, waiting.receipts) == (2, 1, "no luck", ())
    assert bed.table.items[other.group] == Progress(other.token, ("m2",))
    assert (bed.letters.reasons, bed.reporter.warnings) == ([], [])


def test_waits_grow_with_the_attempts_and_long_ones_can_be_cut_short() -> None:
    """A wait of more than a minute is told with the receipts that end it."""
    bed = Bed(lambda offset: TRANSIENT)
    bed.gate.permits = Permissions(doubts={"a": True})  # somebody saw it well
    one = message(1)
    left = Progress(head=one.token, attempts={0: 1})
    bed.table.items[one.group] = left
    assert bed.drain(one) == ["m0"]
    assert bed.waits == [(["receipt-0"], float(backoff.TIERS_S[1]))] and bed.used(one.group) == {0: 2}
    assert bed.table.waiting[one.group].receipts == ()
    asks = Bed(lambda offset: Fault(FaultKind.TRANSIENT, "later", 90.0))
    asks.drain(one)
    assert asks.waits == [(["receipt-0"], 90.0)], "as long as its destination asks for"
    assert asks.table.waiting[one.group].receipts == ("receipt-0",)
    exactly = Bed(lambda offset: Fault(FaultKind.THROTTLED, "later", 60.0))
    exactly.drain(one)
    assert exactly.waits == [(["receipt-0"], 60.0)] and exactly.table.waiting[one.group].receipts == ()


def test_to_be_asked_to_slow_down_is_no_failure() -> None:
    """The group is tried again soon, and no attempt is used."""
    bed = Bed(lambda offset: THROTTLED)
    one = message(1)
    assert bed.drain(one) == ["m0"]
    assert bed.waits == [(["receipt-0"], backoff.SHORTEST_S)] and bed.used(one.group) == {}


def test_of_several_times_that_a_destination_asks_for_the_longest_counts() -> None:
    """A group's message comes again when all of it may go."""
    bed = Bed(lambda offset: Fault(FaultKind.THROTTLED, "later", {1: 20.0, 2: 45.0}[offset]))
    assert bed.drain(message(1, 2, ordered=False)) == ["m0"]
    assert bed.waits == [(["receipt-0"], 45.0)]


@pytest.mark.parametrize(
    ("permission", "opens_in_s", "wait_s"),
    [(Permission.WAIT, 12.0, 12.0), (Permission.WAIT, 0.0, 1.0), (Permission.PAUSED, 600.0, 60.0)],
)
def test_a_destination_that_is_cut_off_is_looked_at_again_when_it_may_open(
    permission: Permission, opens_in_s: float, wait_s: float
) -> None:
    """Nothing is sent, nothing is used up, and a minute is the longest wait."""
    bed = Bed()
    bed.gate.permits = Permissions(destinations={"a": permission}, opens_in_s={"a": opens_in_s})
    one = message(1)
    assert bed.drain(one) == ["m0"]
    assert (bed.a.calls, bed.waits, bed.used(one.group)) == ([], [(["receipt-0"], wait_s)], {})


def test_a_destination_whose_circuit_this_process_opened_is_cut_off_too() -> None:
    """Nobody else has to have seen it: of a message without order nothing is put aside as if it were at fault."""
    bed = Bed(lambda offset: TRANSIENT)
    for _ in range(OPENS_AFTER - 1):
        bed.states["a"].circuit.failed(bed.s)
    assert bed.drain(message(1, 2, ordered=False)) == ["m0"]
    assert (len(bed.a.calls), bed.source.aside) == (1, [])


def test_a_paused_route_waits_for_the_longest_look() -> None:
    """However soon its destination would open."""
    bed = Bed()
    bed.gate.permits = Permissions(paused_routes=frozenset({"r"}))
    assert bed.drain(message(1)) == ["m0"]
    assert (bed.a.calls, bed.waits) == ([], [(["receipt-0"], backoff.LONGEST_CLOSED_S)])


def test_a_message_of_which_one_route_is_paused_waits_as_long() -> None:
    """Its other records go."""
    bed = Bed()
    bed.gate.permits = Permissions(paused_routes=frozenset({"r"}))
    paused = message(1, 2, ordered=False)
    mixed = replace(paused, records=(paused.records[0], paused.records[1]._replace(route="other")))
    assert bed.drain(mixed) == ["m0"]
    assert (bed.a.taken, bed.waits) == ([2], [(["receipt-0"], backoff.LONGEST_CLOSED_S)])


def test_a_failure_that_nobody_vouches_for_counts_once_an_hour() -> None:
    """Where a message failed again and no call shows that its destination is well, it uses an attempt only when none
    was used for an hour, and waits for the longest look if the destination is doubted."""
    bed = Bed(lambda offset: TRANSIENT)
    bed.gate.permits = Permissions(doubts={"a": False})
    one = message(1)
    bed.table.items[one.group] = Progress(head=one.token, attempts={0: 1}, counted_at=NOW - HOUR_MS + 5_000)
    assert bed.drain(one) == ["m0"]
    assert bed.waits == [(["receipt-0"], backoff.LONGEST_CLOSED_S)]
    assert (bed.used(one.group), bed.table.items[one.group].counted_at) == ({0: 1}, NOW - HOUR_MS + 5_000)
    due = Bed(lambda offset: TRANSIENT)
    due.table.items[one.group] = Progress(head=one.token, attempts={0: 1}, counted_at=NOW - HOUR_MS)
    assert due.drain(one) == ["m0"]
    assert due.used(one.group) == {0: 2} and due.table.items[one.group].counted_at >= NOW
    assert due.waits == [(["receipt-0"], float(backoff.TIERS_S[1]))]


@pytest.mark.parametrize("dlq_takes", [True, False])
def test_the_last_attempt_makes_a_letter_before_the_message_leaves(dlq_takes: bool) -> None:
    """Where the DLQ does not take it, it stays."""
    bed = Bed(lambda offset: TRANSIENT)
    bed.letters.takes = dlq_takes
    one = message(1)
    bed.table.items[one.group] = Progress(head=one.token, attempts={0: 2})
    assert bed.drain(one) == ([] if dlq_takes else ["m0"])
    assert bed.letters.reasons == ([(1, "attempts_exhausted")] if dlq_takes else [])
    assert (bed.table.items[one.group].last == one.token) is dlq_takes


def test_what_is_refused_is_a_letter_and_its_group_goes_on() -> None:
    """A dead record holds back nobody."""
    bed = Bed(lambda offset: PERMANENT if offset == 1 else None)
    assert bed.drain(message(1, 2), message(3)) == []
    assert (bed.letters.reasons, bed.a.taken) == ([(1, "permanent")], [2, 3])
    assert bed.reporter.drains[0].dead["a"] == 1


def test_what_failed_of_a_loose_message_goes_on_alone() -> None:
    """With its attempts and its time, so that nothing waits behind it; the message is done."""
    bed = Bed(lambda offset: TRANSIENT if offset == 2 else None)
    one, behind = message(1, 2, ordered=False), message(3, ordered=False)
    assert bed.drain(one, behind, attributes={"SentTimestamp": str(NOW - 6_000)}) == []
    (rest,) = bed.source.aside
    assert [(held.record.offset, held.attempts, held.since) for held in rest.records] == [(2, 1, NOW - 6_000)]
    assert (rest.destination, rest.ordered, rest.after) == ("a", False, "")
    assert bed.table.items[one.group].last == behind.token and bed.a.taken == [1, 3]
    assert bed.reporter.drains[0].split == 1 and bed.waits == []


def test_only_what_is_loose_and_failed_is_split_off() -> None:
    """Not where order is kept, not where the destination is cut off, not what is alone already, not what was not tried,
    and not where the queue does not take it."""

    def split(one: HoldMessage, bed: Bed, **more: Any) -> tuple[int, list[str]]:
        stays = bed.drain(one, **more)
        return len(bed.source.aside), stays

    def fails(offset: int) -> Fault | None:
        return TRANSIENT if offset == 2 else None

    loose = message(1, 2, ordered=False)
    alone = {"attributes": {"MessageGroupId": ALONE + "x", "SentTimestamp": str(NOW)}}
    assert split(message(1, 2), Bed(fails)) == (0, ["m0"])
    assert split(loose, Bed(fails), **alone) == (0, ["m0"])
    assert split(loose, Bed(lambda offset: THROTTLED)) == (0, ["m0"])
    closed = Bed(fails)
    closed.states["a"].circuit.cut_off(closed.s)
    assert split(loose, closed) == (0, ["m0"])
    paused = Bed(fails)
    paused.gate.permits = Permissions(destinations={"a": Permission.PAUSED})
    assert split(loose, paused) == (0, ["m0"])
    full = Bed(fails)
    full.source.takes = False
    assert split(loose, full) == (1, ["m0"])
    assert full.reporter.drains[0].split == 0 and full.reporter.warnings


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_where_nobody_knows_how_far_it_is_nothing_is_sent() -> None:
    """All messages come again, each group after a wait of its own, and an operator is told."""
    bed = Bed()
    bed.table.away = {"read"}
    assert bed.drain(message(1), message(2), message(9, ordered=False), "foreign") == ["m0", "m1", "m2"]
    assert bed.a.calls == [] and len(bed.reporter.warnings) == 2
    assert bed.waits == [(["receipt-0", "receipt-1"], 10.0), (["receipt-2"], 10.0)]


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_what_cannot_be_noted_does_not_leave() -> None:
    """A message that was sent stays with those behind it while the table does not take that it is done."""
    bed = Bed()
    bed.table.away = {"write"}
    assert bed.drain(message(1), message(2)) == ["m0", "m1"]
    assert bed.a.taken == [1] and bed.waits == [(["receipt-0", "receipt-1"], 10.0)]
    assert bed.table.items == {} and len(bed.reporter.warnings) == 1


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_what_operators_gave_up_and_nobody_can_read_goes_on() -> None:
    """An order that cannot be read now is carried out at the next look."""
    bed = Bed()
    bed.orders.away = True
    assert bed.drain(message(1)) == [] and bed.a.taken == [1] and len(bed.reporter.warnings) == 1
    given = Bed()
    given.orders.given = {"a": [GiveUp(NOW, NOW)], "b": [GiveUp(NOW, NOW)]}
    assert given.drain(message(1)) == [] and given.a.taken == [] and given.letters.reasons == [(1, "given_up")]
    nothing = Bed()
    assert nothing.drain("foreign") == [] and nothing.orders.asked == []


@pytest.mark.robustness("deadlines")
@pytest.mark.parametrize(("left_s", "begins"), [(2.0, False), (2.1, True)])
def test_with_little_time_left_nothing_is_begun(left_s: float, begins: bool) -> None:
    """A second before sending ends no further message begins; what had no turn comes again at once."""
    bed = Bed()
    assert bed.drain(message(1), left_s=left_s) == ([] if begins else ["m0"])
    assert bed.waits == ([] if begins else [(["receipt-0"], 0.0)])
    assert len(bed.reporter.drains) == 1


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("kept", [True, False])
def test_a_foreign_body_leaves_only_when_it_is_elsewhere(kept: bool) -> None:
    """It is told, and hinders no other."""
    bed = Bed()
    bed.source.takes = kept
    assert bed.drain("foreign", message(1)) == ([] if kept else ["m0"])
    assert [body for body, _ in bed.source.foreign] == ["foreign"]
    assert bed.a.taken == [1] and bed.reporter.drains[0].foreign == 1 and bed.reporter.drains[0].messages == 2
    assert len(bed.reporter.warnings) == 1


def test_a_wait_that_the_queue_does_not_take_is_told() -> None:
    """The messages stay all the same."""
    bed = Bed(lambda offset: TRANSIENT)
    bed.source.takes = False
    assert bed.drain(message(1)) == ["m0"] and len(bed.reporter.warnings) == 1


def test_a_message_belongs_to_the_group_that_the_queue_says() -> None:
    """And to its own where the queue says nothing; when it was sent counts for its age."""
    bed = Bed()
    attributes = {"MessageGroupId": "g", "SentTimestamp": str(NOW - 9_000)}
    assert bed.drain(message(1), attributes=attributes) == []
    assert set(bed.table.items) == {"g"} and bed.reporter.drains[0].oldest_ms == {"a": 9_000}
