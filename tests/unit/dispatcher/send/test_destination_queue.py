"""One destination's side of a batch, on an invented clock."""

from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.rate_limit.memory import MemoryTokenStore
from comboio.rate_limit.rate_limit import RateLimit
from dispatcher.destinations.entry import Entry
from dispatcher.fault import HELD, NO_ANSWER, Fault, FaultKind
from dispatcher.send.backoff import TRIES
from dispatcher.send.circuit_breaker import FIRST_PAUSE_S, OPENS_AFTER
from dispatcher.send.destination_queue import DestinationQueue
from dispatcher.send.destination_state import DestinationState
from tests.support.dispatcher import NOW, PERMANENT, THROTTLED, TRANSIENT, Downstream, InlineExecutor, entry, parcel

Judge = Callable[[list[Entry]], list[Fault | None]]


def run(queue: DestinationQueue, judge: Judge, until: float = 100.0) -> list[Entry]:
    """Make every call that may go, one answer at a time, and pass the time between; return what was sent.

    When time is up it closes the queue, takes the answers of what is in flight, and closes it again, as a batch does.
    """
    now, sent, out = 0.0, list[Entry](), deque[list[Entry]]()
    while now < until:
        while call := queue.next_call(now, 0):
            out.append(call)
        assert queue.in_flight == len(out) <= queue.state.limit.limit or len(out) <= queue.state.destination.concurrency
        if out:
            answered = out.popleft()
            sent += queue.answered(answered, judge(answered), now)
        elif queue.resumes_at is None:
            break
        else:
            now = max(now, queue.resumes_at)
        now += 0.001
    queue.close()
    for answered in out:
        sent += queue.answered(answered, judge(answered), now)
    queue.close()
    return sent


def judged(found: dict[int, Fault]) -> Judge:
    """Give the same fault for an offset each time."""
    return lambda entries: [found.get(entry.parcels[0].record.offset) for entry in entries]


def faults(entries: list[Entry]) -> list[Fault | None]:
    """Return the faults of the parcels."""
    return [entry.parcels[0].fault for entry in entries]


ROWS = st.lists(st.none() | st.integers(0, 3), max_size=25)
FAULTS = st.lists(st.sampled_from([None, None, None, TRANSIENT, THROTTLED, PERMANENT]), max_size=80)


@given(ROWS, FAULTS, st.integers(1, 4), st.floats(0.0, 3.0))
def test_each_entry_is_sent_or_blamed(
    rows: list[int | None], script: list[Fault | None], wide: int, until: float
) -> None:
    """However calls end and whenever time runs out, an entry is sent once or its parcels know why not."""
    entries = [entry(offset, lane) for offset, lane in enumerate(rows)]
    queue = DestinationQueue(DestinationState(Downstream(max_entries=3, concurrency=wide)), entries)
    left, taken = list(script), list[int]()

    def judge(call: list[Entry]) -> list[Fault | None]:
        found = [left.pop() if left else None for _ in call]
        taken.extend(id(each) for each, fault in zip(call, found, strict=True) if fault is None)
        return found

    sent = run(queue, judge, until)
    queue.abandon()  # what was still out when the time was over
    assert queue.in_flight == 0
    assert len(taken) == len(set(taken)), "what was taken is not sent again"
    assert len(sent) == len(set(map(id, sent)))
    blamed = {id(each) for each in entries if each.parcels[0].faults}
    assert blamed | set(map(id, sent)) == set(map(id, entries))
    assert not blamed & set(map(id, sent))
    for lane in range(4):
        order = [each.parcels[0].record.offset for each in sent if each.lane == lane]
        assert order == sorted(order)


@given(ROWS, st.sets(st.integers(0, 24)), st.integers(1, 5))
def test_behind_a_failure_nothing_of_its_lane_goes(rows: list[int | None], bad: set[int], max_entries: int) -> None:
    """Once an entry of a lane has failed, the later ones are held; other lanes and free entries lose nothing."""
    entries = [entry(offset, lane) for offset, lane in enumerate(rows)]
    queue = DestinationQueue(DestinationState(Downstream(max_entries=max_entries)), entries)
    failing = {offset for offset in bad if offset < len(rows)}
    sent = run(queue, judged(dict.fromkeys(failing, THROTTLED)))
    if queue.state.circuit.open:
        return
    assert not failing & {each.parcels[0].record.offset for each in sent}
    for lane in {lane for lane in rows if lane is not None}:
        offsets = [offset for offset, each in enumerate(rows) if each == lane]
        first_bad = min(failing.intersection(offsets), default=len(rows))
        assert [each.parcels[0].record.offset for each in sent if each.lane == lane] == [
            offset for offset in offsets if offset < first_bad
        ]
        assert all(entries[offset].parcels[0].fault is HELD for offset in offsets if offset > first_bad)


def test_a_refused_one_lets_the_next_of_its_lane_go() -> None:
    """What is refused for good does not hold back its key."""
    entries = [entry(offset, 1) for offset in range(3)]
    sent = run(DestinationQueue(DestinationState(Downstream()), entries), judged({0: PERMANENT}))
    assert sent == entries[1:]
    assert faults(entries) == [PERMANENT, None, None]


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_call_refused_whole_is_tried_one_by_one() -> None:
    """Where one bad message makes a service refuse the call, only that one is refused in the end."""
    entries = [entry(offset) for offset in range(10)]
    calls: list[int] = []

    def judge(call: list[Entry]) -> list[Fault | None]:
        calls.append(len(call))
        poisoned = any(each is entries[4] for each in call)
        return [PERMANENT if poisoned else None] * len(call)

    sent = run(DestinationQueue(DestinationState(Downstream()), entries), judge)
    assert calls == [10] + [1] * 10
    assert len(sent) == 9 and faults(entries)[4] is PERMANENT


def test_a_failure_is_tried_again_with_waits() -> None:
    """A transient failure gets its tries within the batch, each later than the one before, and then counts."""
    one = entry(0)
    queue = DestinationQueue(DestinationState(Downstream()), [one])
    times, now = [], 0.0
    while call := queue.next_call(now, 0):
        times.append(now)
        queue.answered(call, [TRANSIENT], now)
        assert queue.next_call(now, 0) == []
        now = queue.resumes_at if queue.resumes_at is not None else now + 100
    assert len(times) == TRIES
    assert times[2] - times[1] > times[1] - times[0] > 0
    assert one.parcels[0].fault is TRANSIENT


def test_each_entry_of_a_call_that_fails_has_its_tries() -> None:
    """As many as if it went alone: only a call that is refused for good is tried one by one."""
    entries = [entry(0), entry(1)]
    queue = DestinationQueue(DestinationState(Downstream()), entries)
    calls: list[int] = []

    def judge(call: list[Entry]) -> list[Fault | None]:
        calls.append(len(call))
        return [TRANSIENT] * len(call)

    run(queue, judge)
    assert calls == [2] * TRIES and faults(entries) == [TRANSIENT] * 2


def test_a_call_that_was_held_back_is_not_tried_again() -> None:
    """Its time was up; no try of it was used, and what is behind it in its lane is held with it."""
    entries = [entry(0, 1), entry(1, 1)]
    queue = DestinationQueue(DestinationState(Downstream()), entries)
    queue.answered(queue.next_call(0.0, 0), [HELD], 0.0)
    assert queue.resumes_at is None and faults(entries) == [HELD, HELD]


def test_a_message_at_fault_is_found_in_few_calls() -> None:
    """A refused pack is halved: two calls for each halving, whichever message it is."""
    for bad in (0, 31, 63):
        destination = Downstream(verdict=lambda offset, bad=bad: PERMANENT if offset == bad else None)  # type: ignore[misc]  # bound now
        queue = DestinationQueue(DestinationState(destination), [Entry([parcel(n) for n in range(64)], "", 1)])
        run(queue, destination.send)
        assert len(destination.calls) <= 1 + 2 * 6


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_destination_that_keeps_failing_is_left_alone() -> None:
    """After failures in a row no more calls go, and what is left is held: no attempt of theirs is used."""
    entries = [entry(offset) for offset in range(100)]
    state = DestinationState(Downstream(max_entries=1, concurrency=4))
    calls: list[Entry] = []

    def judge(call: list[Entry]) -> list[Fault | None]:
        calls.extend(call)
        return [TRANSIENT]

    run(DestinationQueue(state, entries), judge, until=0.5)
    assert state.circuit.open
    assert len(calls) <= OPENS_AFTER + 4
    assert faults(entries).count(HELD) >= 90
    again = DestinationQueue(state, [entry(0)])
    assert again.next_call(0.6, 0) == []


def test_refused_messages_do_not_open_the_breaker() -> None:
    """A destination that refuses bad messages is in good health."""
    state = DestinationState(Downstream(max_entries=1))
    run(DestinationQueue(state, [entry(offset) for offset in range(50)]), lambda call: [PERMANENT])
    assert not state.circuit.open


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_throttling_slows_down() -> None:
    """A destination that asks to slow down gets fewer calls at a time."""
    state = DestinationState(Downstream(max_entries=1, concurrency=16))
    queue = DestinationQueue(state, [entry(offset) for offset in range(50)])
    call = queue.next_call(0.0, 0)
    queue.answered(call, [THROTTLED], 0.0)
    out = 0
    while queue.next_call(0.001, 0):
        out += 1
    assert out == 8


def test_limits_of_a_call_hold() -> None:
    """No call has more entries or bytes than the service takes."""
    queue = DestinationQueue(
        DestinationState(Downstream(max_entries=4, max_bytes=10)), [entry(offset, size=3) for offset in range(9)]
    )
    sizes = []
    while call := queue.next_call(0.0, 0):
        sizes.append(len(call))
        queue.answered(call, [None] * len(call), 0.0)
    assert sizes == [3, 3, 3]


def test_urgent_entries_go_first() -> None:
    """Within a destination the higher priority is sent first."""
    queue = DestinationQueue(DestinationState(Downstream(max_entries=1)), [entry(1, priority=9), entry(0, priority=0)])
    assert queue.priority == 9
    assert [each.parcels[0].record.offset for each in queue.next_call(0.0, 0)] == [1]


def test_a_kind_of_fault_for_each_outcome() -> None:
    """Kinds are ordered from the mildest to the worst, as blame compares them."""
    assert sorted(FaultKind) == [
        FaultKind.HELD,
        FaultKind.EXCUSED,
        FaultKind.THROTTLED,
        FaultKind.TRANSIENT,
        FaultKind.PERMANENT,
    ]


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
@given(st.sets(st.integers(0, 49), max_size=4), st.none() | st.integers(0, 3), st.integers(1, 50))
def test_a_refused_pack_takes_no_good_message_with_it(bad: set[int], lane: int | None, length: int) -> None:
    """Of a refused pack only the messages that are to blame are blamed; the others go, in order, with those behind."""
    packed = [parcel(offset) for offset in range(length)]
    destination = Downstream(verdict=lambda offset: PERMANENT if offset in bad else None)
    queue = DestinationQueue(DestinationState(destination), [Entry(packed, "", 1, lane), entry(1_000, lane)])
    run(queue, destination.send)
    assert destination.taken == sorted(destination.taken) or lane is None
    assert sorted(destination.taken) == [*sorted(set(range(length)) - bad), 1_000]
    assert {p.record.offset for p in packed if p.fault == PERMANENT} == bad & set(range(length))


@given(st.none() | st.integers(0, 3), st.integers(1, 6), st.integers(0, 2))
def test_what_is_answered_after_the_end_is_blamed(lane: int | None, length: int, more: int) -> None:
    """A pack that is refused when time is up has no try left: each of its messages is held, and none passes as sent."""
    packed = [parcel(offset) for offset in range(length)]
    queue = DestinationQueue(
        DestinationState(Downstream(max_entries=1)),
        [Entry(packed, "", 1, lane), *(entry(100 + number, lane) for number in range(more))],
    )
    call = queue.next_call(0.0, 0)
    queue.close()
    assert queue.answered(call, [PERMANENT], 1.0) == []
    queue.abandon()
    queue.close()
    assert all(one.faults for one in packed)


@given(st.integers(1, 12), st.integers(1, 10), st.lists(st.integers(1, 30), max_size=30))
def test_no_call_is_larger_than_the_rate_allows(max_per_s: int, max_entries: int, packs: list[int]) -> None:
    """Whatever calls and packs hold, each message takes a token: up to a time no more are sent than the rate gives,
    also where a single call holds more than a second's messages; and all of them are sent in the end."""
    rate = RateLimit("a", max_per_s, MemoryTokenStore(), InlineExecutor())
    entries = [Entry([parcel(0) for _ in range(size)], "", 1) for size in packs]
    queue = DestinationQueue(DestinationState(Downstream("a", max_entries=max_entries), rate=rate), entries)
    now, messages = 0.0, 0
    while now < 1_000:
        while call := queue.next_call(now, NOW + int(now * 1000)):
            messages += sum(len(each.parcels) for each in call)
            assert messages <= max_per_s * (int(now) + 1)
            queue.answered(call, [None] * len(call), now)
        if queue.resumes_at is None:
            break
        now = max(now + 0.001, queue.resumes_at)
    assert messages == sum(packs)


def answers(*found: Fault | None, size: int = 10) -> DestinationQueue:
    """Return the queue after one call of as many entries was answered so."""
    queue = DestinationQueue(
        DestinationState(Downstream(max_entries=size)), [entry(offset) for offset in range(len(found))]
    )
    queue.answered(queue.next_call(0.0, 0), found, 0.0)
    return queue


def failed_before(offset: int) -> Entry:
    """Return an entry whose message failed in an earlier delivery."""
    one = parcel(offset)
    one.attempts = 1
    return Entry((one,), "", 1)


@pytest.mark.parametrize(
    ("found", "troubled"),
    [
        ([None, None], False),
        ([PERMANENT, None], False),
        ([HELD, HELD], False),
        ([TRANSIENT, None], True),
        ([THROTTLED, PERMANENT], True),
    ],
)
def test_only_a_failure_of_the_destination_troubles_a_batch(found: list[Fault | None], troubled: bool) -> None:
    """A message that is refused, or was not sent, says nothing of its destination."""
    queue = answers(*found)
    assert (queue.troubled, queue.suspected, queue.over_rate, queue.may_wait) == (troubled, False, False, True)
    assert queue.in_flight == 0


def test_a_message_that_fails_alone_again_is_suspected_and_not_its_destination() -> None:
    """However often poison fails, the circuit stays closed; the first failure of a message counts against it."""
    state = DestinationState(Downstream())
    for number in range(OPENS_AFTER):
        suspect = DestinationQueue(state, [failed_before(number)])
        suspect.answered(suspect.next_call(0.0, 0), [TRANSIENT], 0.0)
        assert suspect.suspected and suspect.troubled
    assert not state.circuit.open
    for number in range(OPENS_AFTER):
        fresh = DestinationQueue(state, [entry(number)])
        fresh.answered(fresh.next_call(0.0, 0), [TRANSIENT], 0.0)
        assert not fresh.suspected
    assert state.circuit.open


def test_a_suspect_that_probes_and_fails_keeps_the_circuit_open() -> None:
    """Where a destination is cut off, whatever probes it counts: nothing says that it is the message's own fault."""
    state = DestinationState(Downstream())
    state.circuit.cut_off(0.0)
    suspect = DestinationQueue(state, [failed_before(0)])
    suspect.answered(suspect.next_call(FIRST_PAUSE_S, 0), [TRANSIENT], FIRST_PAUSE_S)
    assert not suspect.suspected and state.circuit.pause_s == 2 * FIRST_PAUSE_S


def test_a_suspect_that_is_throttled_is_answered_by_its_destination() -> None:
    """To be asked to slow down is no fault of the message."""
    queue = DestinationQueue(DestinationState(Downstream()), [failed_before(0)])
    queue.answered(queue.next_call(0.0, 0), [THROTTLED], 0.0)
    assert not queue.suspected


def test_a_probe_that_did_not_go_out_leaves_the_next_one_its_place() -> None:
    """A call that was held back on its way is no answer: the circuit stays as it is, and may be probed."""
    state = DestinationState(Downstream())
    state.circuit.cut_off(0.0)
    queue = DestinationQueue(state, [entry(0), entry(1)])
    queue.answered(queue.next_call(FIRST_PAUSE_S, 0), [HELD, HELD], FIRST_PAUSE_S)
    assert state.circuit.open and state.circuit.pause_s == FIRST_PAUSE_S and not queue.troubled
    assert state.circuit.allows(FIRST_PAUSE_S)
    mixed = DestinationQueue(state, [entry(0), entry(1)])
    mixed.answered(mixed.next_call(FIRST_PAUSE_S, 0), [HELD, None], FIRST_PAUSE_S)
    assert not state.circuit.open, "it took one of them"


def test_the_longest_pause_that_an_answer_asks_for_is_kept() -> None:
    """Of several messages of a call that name a time, the latest counts; without one there is no pause."""
    asked = [Fault(FaultKind.THROTTLED, "busy", seconds) for seconds in (2.0, 7.0, None)]
    queue = answers(*asked, None)
    assert not queue.state.circuit.allows(6.9) and queue.state.circuit.allows(7.0)
    assert answers(TRANSIENT, None).state.circuit.allows(0.0)


def test_only_calls_that_go_well_widen_the_limit() -> None:
    """After a throttle the limit grows with each call that is taken whole, and with no other."""
    state = DestinationState(Downstream(max_entries=2, concurrency=16))
    state.limit.throttled(0.0)
    before = state.limit.limit
    for found in ([PERMANENT, None], [PERMANENT, PERMANENT], [TRANSIENT, None]):
        for _ in range(2 * before):
            queue = DestinationQueue(state, [entry(0), entry(1)])
            queue.answered(queue.next_call(0.0, 0), found, 0.0)
    assert state.limit.limit == before
    for _ in range(2 * before):
        queue = DestinationQueue(state, [entry(0), entry(1)])
        queue.answered(queue.next_call(0.0, 0), [None, None], 0.0)
    assert state.limit.limit > before


def test_what_waits_for_its_time_says_when_the_first_of_it_may_go() -> None:
    """A retry and the rate may both be waited for: the earlier of them counts."""
    store = MemoryTokenStore()
    rate = RateLimit("a", 1, store, InlineExecutor())
    queue = DestinationQueue(DestinationState(Downstream("a", max_entries=1), rate=rate), [entry(0), entry(1)])
    assert queue.resumes_at is None
    queue.answered(queue.next_call(0.0, NOW), [TRANSIENT], 0.0)
    assert queue.resumes_at is not None
    retry_at = queue.resumes_at
    assert queue.next_call(0.0, NOW) == [] and queue.over_rate
    assert queue.resumes_at == retry_at, "the second's tokens are used up for longer than the retry waits"
    late = NOW + 990
    assert queue.next_call(0.09, late) == []
    assert queue.resumes_at == pytest.approx(0.1), "and then for less"


def test_the_rate_is_waited_for_until_its_next_second() -> None:
    """A call that the rate keeps back may go as soon as there are tokens again; then nothing is waited for."""
    rate = RateLimit("a", 1, MemoryTokenStore(), InlineExecutor())
    queue = DestinationQueue(DestinationState(Downstream("a", max_entries=1), rate=rate), [entry(0), entry(1)])
    queue.answered(queue.next_call(5.0, NOW), [None], 5.0)
    for passed, resumes_at in ((400, 5.6), (999, 5.001)):
        assert queue.next_call(5.0, NOW + passed) == [] and queue.over_rate
        assert queue.resumes_at == pytest.approx(resumes_at)
    assert len(queue.next_call(5.6, NOW + 1_000)) == 1
    assert queue.resumes_at is None


@pytest.mark.robustness("deadlines")
def test_a_call_without_an_answer_is_none_that_was_taken() -> None:
    """What is in flight when time is up may have been taken or not: its messages are blamed, those behind it in its
    lane are held, and so is what was never sent. A message without a fault would count as dispatched."""
    entries = [entry(0, 1), entry(1, 1), entry(2), entry(3)]
    queue = DestinationQueue(DestinationState(Downstream(max_entries=1, concurrency=2)), entries)
    assert queue.next_call(0.0, 0) + queue.next_call(0.0, 0) == [entries[0], entries[2]]
    queue.abandon()
    queue.close()
    assert faults(entries) == [NO_ANSWER, HELD, NO_ANSWER, HELD] and queue.in_flight == 0


def test_what_goes_one_by_one_has_its_priority() -> None:
    """After a call was refused whole, the priority is that of the next single one."""
    queue = DestinationQueue(
        DestinationState(Downstream()), [entry(0, priority=9), entry(1, priority=9), entry(2, priority=1)]
    )
    queue.answered(queue.next_call(0.0, 0), [PERMANENT] * 3, 0.0)
    found = []
    while (priority := queue.priority) is not None:
        found.append((priority, [each.priority for each in queue.next_call(0.0, 0)]))
        queue.answered(list(queue._sent.values()), [None], 0.0)
    assert found == [(9, [9]), (9, [9]), (1, [1])]


def test_a_call_that_may_not_go_leaves_everything_as_it_was() -> None:
    """While as many calls are under way as the destination takes, nothing is taken out, and it can go afterwards."""
    queue = DestinationQueue(DestinationState(Downstream(max_entries=1, concurrency=1)), [entry(0), entry(1)])
    (first,) = queue.next_call(0.0, 0)
    assert queue.in_flight == 1 and queue.next_call(0.0, 0) == []
    assert queue.answered([first], [None], 0.0) == [first] and first.tries == 1
    assert len(queue.next_call(0.0, 0)) == 1


def test_what_goes_one_by_one_does_so_although_the_rate_keeps_it_back() -> None:
    """However often it is looked at in the meantime, the call that was refused whole is not made again: it would use up
    the tokens of its messages each second, and be refused each time."""
    rate = RateLimit("a", 3, MemoryTokenStore(), InlineExecutor())
    queue = DestinationQueue(DestinationState(Downstream("a"), rate=rate), [entry(offset) for offset in range(3)])
    call = queue.next_call(0.0, NOW)
    assert len(call) == 3
    queue.answered(call, [PERMANENT] * 3, 0.0)
    assert all(queue.next_call(0.1, NOW + 100) == [] for _ in range(5))
    sent = []
    while call := queue.next_call(1.0, NOW + 1_000):
        sent.append([each.parcels[0].record.offset for each in call])
        queue.answered(call, [None], 1.0)
    assert sent == [[0], [1], [2]]


def test_of_two_refused_together_each_is_asked_for_alone() -> None:
    """Either may be the one at fault; the fault that is told is the destination's, by its name."""
    entries = [entry(0), entry(1)]
    sent = run(
        DestinationQueue(DestinationState(Downstream("a")), entries),
        lambda call: [PERMANENT if len(call) > 1 or call[0].parcels[0].record.offset == 1 else None] * len(call),
    )
    assert [each.parcels[0].record.offset for each in sent] == [0]
    assert [each.parcels[0].faults for each in entries] == [None, {"a": PERMANENT}]
