"""A batch all the way, through real policy and faked edges; many deliveries together are test_redelivery's matter."""

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import AwsError
from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.contract.cluster import cluster_id
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.record import MalformedEventError, Record
from comboio.destination_state.state import Permission
from comboio.drain.memory import MemoryDrainStore
from comboio.invocation import Invocation
from comboio.ledger.encoding import UnreadableLedgerError
from comboio.ledger.ledger import Ledger
from comboio.ledger.memory import MemoryLedgerStore
from comboio.ledger.offsets import Ranges
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.destinations.entry import Entry
from dispatcher.dispatch import Dispatcher, DispatchLimits, LedgerUnreachableError
from dispatcher.fault import Fault
from dispatcher.intake.admission import AdmissionLimits
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.dead_letter_queue import DeadLetterQueue
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import OpenGate, Permissions
from tests.support.dispatcher import (
    NOW,
    PERMANENT,
    THROTTLED,
    TRANSIENT,
    Downstream,
    FakeQueue,
    MemoryReporter,
    event,
    payload,
    raw,
)

TABLE = load(
    """
version = 1
[destinations.a]
type = "fake"
[destinations.b]
type = "fake"
[[routes]]
name = "ordered"
codigos = ["300-309"]
to = ["a"]
ordering = "key"
max_attempts = 2
[[routes]]
name = "both"
codigos = [310]
to = ["a", "b"]
[[routes]]
name = "loose"
codigos = [311]
to = ["b"]
[default]
to = ["dead_letter"]
""",
    {},
)
T0, T1 = f"{cluster_id('')}/t-0", f"{cluster_id('')}/t-1"
LOST = AwsError("dynamodb", "UpdateItem", "Unreachable", "cut off", 0)


class Store(MemoryLedgerStore):
    """The ledgers in memory, with trouble where a test wants some."""

    def __init__(self) -> None:
        super().__init__()
        self.no_claim: dict[str, Exception] = {}
        self.no_settlement: set[str] = set()
        self.stolen: set[str] = set()
        self.leases: list[int] = []
        self.released: list[str] = []

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        if partition in self.no_claim:
            raise self.no_claim[partition]
        return super().claim(partition, owner, now, until, offsets)

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        self.leases.append(lease_until)
        if partition in self.no_settlement:
            raise LOST
        return partition not in self.stolen and super().settle(partition, owner, ledger, lease_until)

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:
        self.released.append(partition)
        super().release(partition, owner)


class GivenGate(OpenGate):
    """A gate that gives the same permissions to all."""

    def __init__(self, given: Permissions) -> None:
        self._given = given

    def permissions(self, *_: object, **__: object) -> Permissions:
        return self._given


class Setup:
    """A dispatcher with its surroundings."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        checkpoint_s: float = 60.0,
        clusters: frozenset[str] = frozenset(),
        permissions: Permissions | None = None,
    ) -> None:
        self.store, self.queue = Store(), FakeQueue()
        self.a, self.b = Downstream("a"), Downstream("b")
        self.outlets: Callable[[], Outlets] = lambda: outlets
        outlets = Outlets(Router(TABLE), {"a": DestinationState(self.a), "b": DestinationState(self.b)})
        self.ms = NOW
        self.reporter = MemoryReporter()
        clocks = Clocks(lambda: self.ms, lambda: self.ms / 1000, self._sleep)
        dlq = DeadLetterQueue("https://sqs/dlq", self.queue.api, pool, lambda position, text: text)
        timeouts = Timeouts(divert_after_s=2.0, checkpoint_s=checkpoint_s)
        self.dispatcher = Dispatcher(
            self.store,
            MemoryDrainStore(),
            lambda: self.outlets(),
            Delivery(MemoryClaims(), dlq, None, GivenGate(permissions or Permissions()), timeouts, clocks),
            DispatchLimits(AdmissionLimits(incomplete=1_000, abandon_ms=10**9), margin_s=1.0, clusters=clusters),
            reporter=self.reporter,
            clocks=clocks,
        )

    def _sleep(self, seconds: float) -> None:
        self.ms += int(seconds * 1000) + 1

    def deliver(self, *records: dict[str, Any], owner: str = "me", left_ms: int = 60_000) -> list[tuple[str, int]]:
        """Dispatches the records; returns what must come again."""
        answer = self.dispatcher.dispatch(event(*records), Invocation(owner, self.ms + left_ms))
        found = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        return sorted((each["partition"], each["offset"]) for each in found)

    @property
    def in_dlq(self) -> list[DeadLetter]:
        """The letters in the DLQ."""
        return [DeadLetter.from_json(entry["MessageBody"]) for entry in self.queue.kept]


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for calls."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def setup(pool: ThreadPoolExecutor) -> Setup:
    """Give a fresh dispatcher."""
    return Setup(pool)


def test_a_good_batch_is_done(setup: Setup) -> None:
    """Every record reaches the destinations of its route, nothing comes again, and the ledgers say so."""
    records = [raw(0), raw(1, payload(310)), raw(0, payload(311), partition=1)]
    assert setup.deliver(*records) == []
    assert (sorted(setup.a.taken), sorted(setup.b.taken)) == ([0, 1], [0, 1])
    assert [setup.store.ledger(name).next for name in (T0, T1)] == [2, 1]
    assert setup.deliver(*records) == []
    assert (len(setup.a.taken), len(setup.b.taken)) == (2, 2)
    assert setup.reporter.batches[1].duplicates == 3


@pytest.mark.parametrize("fault", [None, TRANSIENT, PERMANENT, THROTTLED])
def test_a_batch_leaves_nothing_to_the_garbage_collector(setup: Setup, fault: Fault | None) -> None:
    """When a batch is over its records are gone: none is in a cycle, however its destinations answered."""
    setup.a.verdict = lambda offset: fault if offset % 3 else None
    records = [raw(number, payload(300 + number % 12), b"k%d" % (number % 5)) for number in range(60)]
    records.append(raw(60, b"poison"))
    gc.freeze()  # what was there before is of other tests, and is not looked through, now or later
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        setup.deliver(*records)
        setup.reporter.batches.clear()
        gc.collect()
        left = [each for each in gc.garbage if isinstance(each, Record | Parcel | Entry)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []


BAD: list[dict[str, Any]] = [
    {"value": None},
    {"value": ""},
    {"value": "not base64!"},
    {"value": "\ud800"},
    {"value": 5},
    {"key": ["k"], "headers": 7},
    {"value": "//4A"},
    {"value": "W1tbW1s="},
    {"value": "e30=", "headers": [None, {"h": 10**12}]},
    {"value": None, "key": None, "headers": None},
]


@pytest.mark.robustness("poison records")
def test_a_batch_of_poison_goes_to_the_dlq_whole(setup: Setup) -> None:
    """10,000 records that no retry can mend are 10,000 letters, and a good one among them is dispatched."""
    bad = [raw(number) | BAD[number % len(BAD)] for number in range(10_000)]
    good = raw(10_000, payload(), b"k")
    assert setup.deliver(*bad, good) == []
    assert setup.a.taken == [10_000]
    assert sorted(letter.offset for letter in setup.in_dlq) == list(range(10_000))
    assert len(setup.queue.calls) == 1_000
    ledger = setup.store.ledger(T0)
    assert (ledger.next, ledger.incomplete, ledger.deferred, ledger.gaps) == (10_001, {}, (), ())
    assert setup.deliver(*bad, good) == []
    assert len(setup.in_dlq) == 10_000


@pytest.mark.robustness("poison records")
def test_poison_holds_back_no_key(setup: Setup) -> None:
    """A malformed record in the middle of its key's order does not stop the later ones."""
    assert setup.deliver(raw(0), raw(1, b"{"), raw(2)) == []
    assert setup.a.taken == [0, 2]


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_a_dlq_that_fails_keeps_the_dead_coming(setup: Setup) -> None:
    """What cannot be in_dlq comes again, and the good records do not."""
    setup.queue.answer = lambda entries: Answer(500, b"")
    assert setup.deliver(raw(0), raw(1, b"{")) == [("t-0", 1)]
    setup.queue.answer = lambda entries: None
    assert setup.deliver(raw(0), raw(1, b"{")) == []
    assert (setup.a.taken, [letter.offset for letter in setup.in_dlq]) == ([0], [1])


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_behind_a_failure_its_key_waits_and_no_other(setup: Setup) -> None:
    """A key's later records are held behind a failed one, also in a later batch; then they go in order."""
    setup.a.verdict = lambda offset: TRANSIENT if offset == 0 else None
    batch = [raw(0, key=b"k"), raw(1, key=b"other"), raw(2, key=b"k")]
    assert setup.deliver(*batch) == [("t-0", 0), ("t-0", 2)]
    setup.a.verdict = lambda offset: None
    setup.ms += 60_000
    assert setup.deliver(raw(3, key=b"k")) == [("t-0", 3)]
    assert setup.deliver(batch[0], batch[2], raw(3, key=b"k")) == []
    assert setup.a.taken == [1, 0, 2, 3]


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_attempts_run_out_across_deliveries(setup: Setup) -> None:
    """A record that fails in as many deliveries as its route allows is in the DLQ with its count; its key goes on."""
    setup.a.verdict = lambda offset: TRANSIENT if offset == 0 else None
    assert setup.deliver(raw(0), raw(1), raw(2, key=b"other")) == [("t-0", 0), ("t-0", 1)]
    setup.ms += 60_000
    assert setup.deliver(raw(0), raw(1), raw(3, key=b"other")) == [("t-0", 1)]
    (letter,) = setup.in_dlq
    assert (letter.offset, letter.reason, letter.attempts) == (0, "attempts_exhausted", 2)
    assert NOW <= letter.first_failure < NOW + 60_000 <= letter.last_failure
    setup.ms += 60_000
    assert setup.deliver(raw(1)) == []


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_destination_that_is_down_uses_no_attempts(setup: Setup) -> None:
    """While a destination is cut off its failures are its own: however often its records are redelivered, they are
    never dead letters for it."""
    setup.a.verdict = lambda offset: TRANSIENT
    batch = [raw(offset, key=b"%d" % offset) for offset in range(20)]
    for _ in range(8):
        assert len(setup.deliver(*batch)) == 20
        setup.ms += 60_000
    assert setup.in_dlq == []
    setup.a.verdict = lambda offset: None
    assert setup.deliver(*batch) == []


def test_clusters_that_are_not_served_are_refused(pool: ThreadPoolExecutor) -> None:
    """Records of another cluster, or of none, raise before anything is claimed, and the error names both."""
    mine = "arn:aws:kafka:us-east-1:1:cluster/mine/1"
    setup = Setup(pool, clusters=frozenset({mine}))
    for arn in ("arn:aws:kafka:us-east-1:1:cluster/other/2", None):
        with pytest.raises(MalformedEventError, match=r"mine/1.*DISPATCHER_CLUSTERS"):
            setup.dispatcher.dispatch({**event(raw(0)), "eventSourceArn": arn}, Invocation("me", NOW + 60_000))
    assert setup.a.taken == [] and setup.store.leases == []
    answer = setup.dispatcher.dispatch({**event(raw(0)), "eventSourceArn": mine}, Invocation("me", NOW + 60_000))
    assert answer == {"batchItemFailures": []} and setup.a.taken == [0]


def test_two_clusters_with_the_same_topics_do_not_hide_each_other(setup: Setup) -> None:
    """The same position in another cluster is another record: both are dispatched, each once."""
    for arn in ("arn:aws:kafka:us-east-1:1:cluster/old/1", "arn:aws:kafka:us-east-1:1:cluster/new/2"):
        for _ in range(2):
            batch = {**event(raw(0), raw(1)), "eventSourceArn": arn}
            answer = setup.dispatcher.dispatch(batch, Invocation("me", NOW + 60_000))
            assert answer == {"batchItemFailures": []}
    assert setup.a.taken == [0, 1, 0, 1]


@pytest.mark.parametrize("batch", [None, [], "event", 5, {"eventSource": "aws:kafka", "records": {"t-0": [raw(-1)]}}])
def test_what_cannot_be_is_an_error_that_names_it(setup: Setup, batch: Any) -> None:
    """An event that is no object, or a record at an impossible position, is no duplicate and no crash."""
    with pytest.raises(MalformedEventError, match=r"Check what"):
        setup.dispatcher.dispatch(batch, Invocation("me", NOW + 60_000))


@pytest.mark.robustness("poison records")
def test_a_refused_message_is_buried_at_once(setup: Setup) -> None:
    """A message that a destination refuses for good is a dead letter, with where it went already."""
    setup.b.verdict = lambda offset: PERMANENT
    assert setup.deliver(raw(0, payload(310))) == []
    (letter,) = setup.in_dlq
    assert (letter.reason, letter.error, letter.served, letter.route) == ("permanent", "never", ("a",), "both")


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_one_dead_destination_costs_the_others_nothing(setup: Setup) -> None:
    """While a destination fails, those of another are done, and none goes twice where it has been."""
    setup.a.verdict = lambda offset: TRANSIENT
    records = [raw(offset, payload(310 + offset % 2)) for offset in range(10)]
    assert setup.deliver(*records) == [("t-0", offset) for offset in range(0, 10, 2)]
    assert sorted(setup.b.taken) == list(range(10))
    setup.a.verdict = lambda offset: None
    setup.ms += 60_000
    assert setup.deliver(*records) == []
    assert (sorted(setup.a.taken), sorted(setup.b.taken)) == ([0, 2, 4, 6, 8], list(range(10)))


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_throttling_uses_no_attempt(setup: Setup) -> None:
    """However often a destination asks to slow down, its records come again and are never in_dlq for it."""
    setup.a.verdict = lambda offset: THROTTLED
    for _ in range(5):
        assert setup.deliver(raw(0)) == [("t-0", 0)]
        setup.ms += 60_000
    assert setup.in_dlq == []


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_destination_that_raises_fails_its_own(setup: Setup) -> None:
    """A defect in a destination is a failure of its records, not of the batch."""

    def burst(offset: int) -> None:
        raise RuntimeError("boom")

    setup.a.verdict = burst
    assert setup.deliver(raw(0), raw(1, payload(311))) == [("t-0", 0)]
    assert setup.b.taken == [1]


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_somebody_elses_partition_is_left_alone(setup: Setup) -> None:
    """While another invocation has a partition, all of it comes again and none is sent; the others are done."""
    setup.store.claim(T0, "other", NOW, NOW + 60_000, ((0, 1),))
    assert setup.deliver(raw(0), raw(1), raw(0, partition=1)) == [("t-0", 0), ("t-0", 1)]
    assert setup.a.taken == [0]
    assert setup.reporter.batches[0].refused_partitions == 1


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_an_unreachable_ledger_fails_the_invocation(setup: Setup) -> None:
    """Where a ledger cannot be asked nothing of its partition is sent, the others are settled, and the batch comes
    again whole: what no ledger knows of could be passed over otherwise."""
    setup.store.no_claim[T0] = LOST
    batch = [raw(0), raw(0, payload(311), partition=1)]
    with pytest.raises(LedgerUnreachableError, match="t-0"):
        setup.deliver(*batch)
    assert (setup.a.taken, setup.b.taken) == ([], [0])
    del setup.store.no_claim[T0]
    assert setup.deliver(*batch, owner="other") == []
    assert (setup.a.taken, setup.b.taken) == ([0], [0])


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_a_ledger_that_cannot_be_read_sends_nothing(setup: Setup) -> None:
    """Nothing is sent of a partition whose ledger a newer version wrote: all of it comes again, with a warning."""
    setup.store.no_claim[T0] = UnreadableLedgerError("format 9")
    assert setup.deliver(raw(0), raw(0, payload(311), partition=1)) == [("t-0", 0)]
    assert (setup.a.taken, setup.b.taken) == ([], [0]) and setup.reporter.warnings


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
@pytest.mark.parametrize("trouble", ["no_settlement", "stolen"])
def test_what_is_not_settled_comes_again_whole(setup: Setup, trouble: str) -> None:
    """Where the settlement fails or the lease was lost, the whole partition comes again, and the others do not."""
    getattr(setup.store, trouble).add(T0)
    assert setup.deliver(raw(0), raw(1), raw(0, partition=1)) == [("t-0", 0), ("t-0", 1)]


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_the_lease_is_given_back(setup: Setup) -> None:
    """After a batch anybody can have the partition at once."""
    setup.deliver(raw(0))
    assert setup.store.leases == [0]
    assert setup.store.claim(T0, "other", NOW, NOW + 1, ()) is not None


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_a_defect_gives_the_partitions_back(setup: Setup) -> None:
    """A handler that raises releases what it claimed, and what was delivered is not taken for done."""
    outlets, setup.outlets = setup.outlets, lambda: Outlets(Router(TABLE), {})
    with pytest.raises(KeyError):
        setup.deliver(raw(0), raw(0, partition=1))
    assert sorted(setup.store.released) == [T0, T1]
    setup.outlets = outlets
    assert setup.deliver(raw(0), raw(0, partition=1), owner="other") == []
    assert len(setup.a.taken) == 2


@pytest.mark.robustness("deadlines")
def test_near_the_deadline_nothing_departs(setup: Setup) -> None:
    """With no time left for an answer nothing is sent; all comes again, unblamed."""
    assert setup.deliver(raw(0), raw(1, payload(311)), left_ms=150) == [("t-0", 0), ("t-0", 1)]
    assert setup.a.calls == setup.b.calls == []
    assert setup.deliver(raw(0), raw(1, payload(311))) == []


def test_a_long_batch_is_checkpointed(pool: ThreadPoolExecutor) -> None:
    """On the way the ledgers are settled with the lease kept, so that a crash repeats only the last part."""
    setup = Setup(pool, checkpoint_s=1.0)
    done: list[int] = []

    def slow(offset: int) -> None:
        setup.ms += 400
        done.append(setup.store.ledger(T0).next)

    setup.a.verdict, setup.a.max_entries = slow, 1
    assert setup.deliver(*(raw(offset) for offset in range(8))) == []
    assert setup.store.leases[-1] == 0 and len(setup.store.leases) >= 3
    assert set(setup.store.leases[:-1]) == {NOW + 60_000}
    ledger = setup.store.ledger(T0)
    assert (ledger.next, ledger.incomplete, ledger.deferred, ledger.gaps) == (8, {}, (), ())


def test_an_event_of_something_else_is_refused(setup: Setup) -> None:
    """What is no Kafka batch raises before anything is claimed."""
    with pytest.raises(MalformedEventError):
        setup.dispatcher.dispatch({"Records": []}, Invocation("me", NOW))
    assert setup.store.released == []


def test_an_empty_batch_is_done(setup: Setup) -> None:
    """A batch without records, or a partition without any, is answered with nothing."""
    nothing: list[dict[str, list[Any]]] = [{}, {"t-0": []}]
    for groups in nothing:
        batch = {"eventSource": "aws:kafka", "records": groups}
        assert setup.dispatcher.dispatch(batch, Invocation("me", NOW + 9_000)) == {"batchItemFailures": []}


def test_the_answer_is_json(setup: Setup) -> None:
    """The answer can be written as JSON with whole offsets, also beyond 2^53."""
    setup.a.verdict = lambda offset: TRANSIENT
    offset = 2**60 + 1
    batch = event(raw(offset))
    answer = json.loads(json.dumps(setup.dispatcher.dispatch(batch, Invocation("me", NOW + 9_000))))
    assert answer["batchItemFailures"] == [{"itemIdentifier": {"partition": "t-0", "offset": offset}}]


def test_the_report_counts_everything(setup: Setup) -> None:
    """Every record is in exactly one count of the batch's report."""
    setup.deliver(raw(0))
    setup.a.verdict = lambda offset: TRANSIENT if offset == 2 else None
    setup.deliver(raw(0), raw(1, b"{"), raw(2), raw(3), raw(4, payload(999)), raw(5, payload(311)))
    report = setup.reporter.batches[1]
    counts = {outcome.value: number for outcome, number in report.outcomes.items()}
    assert counts == {"dead": 2, "failed": 1, "held": 1, "dispatched": 1}
    assert report.duplicates + sum(counts.values()) == report.records == 6
    assert dict(report.dead) == {"malformed": 1, "unroutable": 1}
    assert report.calls["b"] == 1


def test_the_report_names_what_an_operator_paused(pool: ThreadPoolExecutor) -> None:
    """A batch that keeps its records for a pause tells so; one whose destinations are well tells of none."""
    paused = Setup(pool, permissions=Permissions({"a": Permission.PAUSED, "b": Permission.WAIT}, frozenset({"r"})))
    assert paused.deliver(raw(0)) == [("t-0", 0)]
    (report,) = paused.reporter.batches
    assert sorted(report.paused_destinations) == ["a"] and sorted(report.paused_routes) == ["r"]
    well = Setup(pool)
    well.deliver(raw(0))
    assert not well.reporter.batches[0].paused_destinations | well.reporter.batches[0].paused_routes


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_metrics_that_fail_do_not_bring_the_batch_again(setup: Setup) -> None:
    """A batch that is settled is done, whatever becomes of its log line."""

    def fails(report: BatchReport, parcels: Sequence[Parcel]) -> None:
        raise ValueError("no namespace")

    setup.reporter.batch = fails  # type: ignore[method-assign]  # the reporter is the test's own
    assert setup.deliver(raw(0)) == []
    assert setup.reporter.warnings == ["The batch's metrics could not be written."]
