"""The claims of events in small: who may send which copy of an event, whatever happens between two calls of the table.

What is decided is decided by the product's own `EventClaims` and `DynamoClaims`. An invocation is what it was given and
what the table answered it so far; a step plays it again from its beginning, and lets one more call through.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from comboio.aws.http import Answer, UnreachableError
from comboio.aws.json_api import DYNAMODB, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.claims.dynamodb import DynamoClaims
from comboio.contract.record import Record
from dispatcher.intake.event_claims import EventClaims
from dispatcher.parcel import Outcome, Parcel
from tests.model.explorer import Step
from tests.model.known import Known
from tests.model.state import Frozen, Place
from tests.support.claims_table import ClaimsTable
from tests.support.dispatcher import NOW, InlineExecutor, route

LIFETIME_S = 1_000
AGE_MS = 700_000
"""What passes at a time: less than a claim's lifetime, and twice that is more."""

CRASH, STALL, FAIL, REFUSE, UNANSWERED, AGE = range(6)
"""Kinds of faults: a crash, a process that stands still and goes on, a destination that fails and one that refuses, a
call of the table that is not carried out or whose answer is lost, and time that passes."""

EVENT = route(idempotency="event")
ORDERED = route(idempotency="event", ordering="key")


@dataclass(frozen=True, slots=True)
class EventScope:
    """What is explored."""

    events: str = "aa"
    """The event of each record, by its offset."""
    partitions: Place = (0, 0)
    keys: Place = (1, 1)
    faults: tuple[int, int, int, int, int, int] = (1, 0, 0, 0, 0, 0)
    """How often each kind may happen."""
    shared: bool = True
    """Whether the claims of one key share an item; else each has its own."""
    ordered: bool = False
    at_once: int = 2
    """Invocations that may be at work, zombies included."""


class Batch(NamedTuple):
    """An invocation at work on a batch."""

    offsets: Place
    now: int
    """Its time of day."""
    answers: tuple[bytes | None, ...] = ()
    """What the table answered so far, in the order of the calls; None: no answer came."""
    sent: bool = False
    failed: int | None = None
    """The offset that its destination did not take."""
    for_good: bool = False
    """Whether it never will."""
    zombie: bool = False
    """Whether it was given up: nobody heeds its answer, and it goes on."""


class Arrival(NamedTuple):
    """A record that its destination took, at a time."""

    offset: int
    now: int


class EventState(NamedTuple):
    """All of it."""

    pending: frozenset[int]
    """Offsets that the mapping still delivers."""
    table: Frozen
    """The items of the claims."""
    now: int = NOW
    batches: tuple[Batch | None, ...] = ()
    answered: frozenset[int] = frozenset()
    """Offsets that an answer called done."""
    arrived: tuple[Arrival, ...] = ()
    letters: frozenset[int] = frozenset()
    left: tuple[int, ...] = ()
    """Faults that may still happen, by kind."""


class _Asking(BaseException):
    """An invocation waits for a call of the table."""

    def __init__(self, headers: dict[str, str], body: bytes) -> None:
        self.headers, self.body = headers, body


class _Answers:
    """A table that answers as it did before, and then waits."""

    host = ClaimsTable.host

    def __init__(self, answers: tuple[bytes | None, ...]) -> None:
        self._answers = iter(answers)

    def claims(self) -> DynamoClaims:
        """Return claims kept here; calls are not repeated."""
        api = JsonApi(DYNAMODB, "us-east-1", lambda: Credentials("A", "s"), self, tries=1)
        return DynamoClaims(api, "t", InlineExecutor(), LIFETIME_S)

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        try:
            answer = next(self._answers)
        except StopIteration:
            raise _Asking(headers, body) from None
        if answer is None:
            raise UnreachableError("no answer came")
        return Answer(400 if b"ConditionalCheckFailed" in answer else 200, answer)


class _Concluded(NamedTuple):
    """What an invocation came to, or the call that it waits for."""

    asking: _Asking | None
    bound: Place = ()
    """What it sends, or what its destination takes."""
    letters: Place = ()
    undone: Place = ()


class EventProtocol:
    """The steps that are possible in a state, and what must hold in each."""

    def __init__(self, scope: EventScope) -> None:
        self.scope = scope
        self._known = Known()

    def start(self) -> EventState:
        """Return the first state: nothing was delivered."""
        batches = (None,) * self.scope.at_once
        return EventState(frozenset(range(len(self.scope.events))), Frozen({}), NOW, batches, left=self.scope.faults)

    def ended(self, state: EventState) -> bool:
        """Return whether all is done, and nothing is under way."""
        return not state.pending and not any(state.batches)

    def broken(self, state: EventState) -> str | None:
        """Return the promise that a state breaks."""
        kept = {each.offset for each in state.arrived} | state.letters
        for event in set(self.scope.events):
            copies = {offset for offset, each in enumerate(self.scope.events) if each == event}
            if copies <= state.answered and not copies & kept:
                return f"lost: each record of {event} was answered as done, and none arrived"
        used = [most - left for most, left in zip(self.scope.faults, state.left, strict=True)]
        released = (used[CRASH] or used[STALL]) and used[REFUSE]  # sent, and then refused: its letter lets a copy go
        for before, after in combinations(state.arrived, 2):
            if self.scope.events[before.offset] != self.scope.events[after.offset]:
                continue
            if before.offset == after.offset and not used[CRASH] + used[STALL]:
                return f"{after.offset} was sent twice, which no crash explains"
            young = after.now - before.now < LIFETIME_S * 1_000
            if before.offset != after.offset and young and not released:
                return f"{after.offset} was sent, although {before.offset} of the same event had been"
        return self._out_of_order(state)

    def _out_of_order(self, state: EventState) -> str | None:
        lanes: dict[tuple[int, int], list[int]] = {}
        for offset in dict.fromkeys(each.offset for each in state.arrived):
            lanes.setdefault((self.scope.partitions[offset], self.scope.keys[offset]), []).append(offset)
        wrong = [lane for lane in lanes.values() if self.scope.ordered and lane != sorted(lane)]
        return f"out of order: {wrong}" if wrong else None

    def steps(self, state: EventState) -> Iterator[Step[EventState]]:
        """Yield all that can happen."""
        yield from self._deliveries(state)
        for slot, batch in enumerate(state.batches):
            if batch is not None:
                yield from self._goes_on(state, slot, batch)
                yield from self._goes_wrong(state, slot, batch)
        if any(state.batches):  # an invocation is short beside a lifetime; what its end may meet, see docs/adr/0046
            return
        if state.left[AGE]:
            later = state.now + AGE_MS
            yield Step("time passes", _used(state._replace(now=later), AGE), fault=True)
        table = self._known.once(("expire", state.table, state.now), lambda: self._without_what_is_over(state))
        if table != state.table:
            yield Step("the table forgets what is over", state._replace(table=table))

    def _without_what_is_over(self, state: EventState) -> Frozen:
        table = _table(state)
        table.expire(state.now)
        return Frozen(table.items)

    def _deliveries(self, state: EventState) -> Iterator[Step[EventState]]:
        free = next((slot for slot, each in enumerate(state.batches) if each is None), None)
        if free is None:
            return
        busy = {self.scope.partitions[each.offsets[0]] for each in state.batches if each and not each.zombie}
        for partition in sorted(set(self.scope.partitions) - busy):
            waiting = [offset for offset in sorted(state.pending) if self.scope.partitions[offset] == partition]
            for number in range(1, len(waiting) + 1):
                for offsets in combinations(waiting, number):
                    if self._overtakes(offsets, waiting):
                        continue
                    after = state._replace(pending=state.pending.difference(offsets))
                    yield Step(f"{free}: {offsets} is delivered", _with(after, free, Batch(offsets, state.now)))

    def _overtakes(self, offsets: Place, waiting: list[int]) -> bool:
        """Return whether something would go before an earlier one of its key, which the ledger allows nowhere."""
        keys = self.scope.keys
        return self.scope.ordered and any(
            keys[left] == keys[offset] and left < offset
            for left in waiting
            if left not in offsets
            for offset in offsets
        )

    def _goes_on(self, state: EventState, slot: int, batch: Batch) -> Iterator[Step[EventState]]:
        concluded = self._known.once(("played", batch), lambda: self._played(batch))
        if concluded.asking is not None:
            yield from self._asks(state, slot, batch, concluded.asking)
        elif not batch.sent:
            yield from self._sends(state, slot, batch, concluded.bound)
        else:
            after = _with(state._replace(letters=state.letters.union(concluded.letters)), slot, None)
            if not batch.zombie:
                done = set(batch.offsets).difference(concluded.undone)
                after = after._replace(
                    pending=after.pending.union(concluded.undone), answered=after.answered.union(done)
                )
            yield Step(f"{slot}: answers, and fails {concluded.undone}", after)

    def _asks(self, state: EventState, slot: int, batch: Batch, asking: _Asking) -> Iterator[Step[EventState]]:
        def ask() -> tuple[Frozen, bytes]:
            table = _table(state)
            answer = table.post(asking.headers, asking.body).body
            return Frozen(table.items), answer

        table, answer = self._known.once(("ask", state.table, batch), ask)
        asked = _with(state._replace(table=table), slot, batch._replace(answers=(*batch.answers, answer)))
        yield Step(f"{slot}: asks the table", asked)
        if state.left[UNANSWERED]:
            unknown = batch._replace(answers=(*batch.answers, None))
            for name, items in (("is not carried out", state.table), ("has no answer", table)):
                after = _used(_with(state._replace(table=items), slot, unknown), UNANSWERED)
                yield Step(f"{slot}: asks the table, and it {name}", after, fault=True)

    def _sends(self, state: EventState, slot: int, batch: Batch, bound: Place) -> Iterator[Step[EventState]]:
        outcomes: list[tuple[int | None, bool, int | None]] = [(None, False, None)]
        outcomes += [(offset, good, REFUSE if good else FAIL) for offset in bound for good in (False, True)]
        for failed, for_good, fault in outcomes:
            if fault is not None and not state.left[fault]:
                continue
            sent = batch._replace(sent=True, failed=failed, for_good=for_good)
            taken = [each.record.offset for each in self._parcels(sent, None) if each.outcome is Outcome.DISPATCHED]
            dead = {failed} if failed is not None and for_good else set()
            after = state._replace(
                arrived=(*state.arrived, *(Arrival(offset, state.now) for offset in taken)),
                letters=state.letters | dead,
            )
            after = _with(after, slot, sent)
            if fault is None:
                yield Step(f"{slot}: sends {tuple(taken)}", after)
            else:
                name = f"{slot}: sends {tuple(taken)}, and {failed} {'is refused' if for_good else 'fails'}"
                yield Step(name, _used(after, fault), fault=True)

    def _goes_wrong(self, state: EventState, slot: int, batch: Batch) -> Iterator[Step[EventState]]:
        back = state if batch.zombie else state._replace(pending=state.pending.union(batch.offsets))
        if state.left[CRASH]:
            yield Step(f"{slot}: crashes", _used(_with(back, slot, None), CRASH), fault=True)
        if state.left[STALL] and not batch.zombie:
            stalled = _with(back, slot, batch._replace(zombie=True))
            yield Step(f"{slot}: stands still past its deadline", _used(stalled, STALL), fault=True)
        if batch.zombie:
            yield Step(f"{slot}: is ended", _with(state, slot, None))

    def _played(self, batch: Batch) -> _Concluded:
        events = EventClaims(_Answers(batch.answers).claims(), lambda: 0.0)
        try:
            parcels = self._parcels(batch, events)
            if not batch.sent:
                return _Concluded(None, tuple(each.record.offset for each in parcels if each.outcome is None))
            letters = events.follow()
            for twin in letters:
                twin.in_dlq = True
            events.conclude(9.0)
        except _Asking as asking:
            return _Concluded(asking)
        undone = tuple(each.record.offset for each in parcels if not each.done)
        return _Concluded(None, letters=tuple(each.record.offset for each in letters), undone=undone)

    def _parcels(self, batch: Batch, events: EventClaims | None) -> list[Parcel]:
        """Return the parcels of an invocation as they are after its claims, and after its calls if it made them."""
        events = events or EventClaims(_Answers(batch.answers).claims(), lambda: 0.0)
        parcels = [self._parcel(offset) for offset in batch.offsets]
        events.take(parcels, batch.now, 9.0)
        stopped: set[int | None] = set()
        for parcel in parcels if batch.sent else ():
            if parcel.outcome is not None:
                continue
            if parcel.record.offset == batch.failed and batch.for_good:
                parcel.dead_letter("permanent", "it is refused")
                parcel.in_dlq = True
            elif parcel.record.offset == batch.failed:
                parcel.outcome = Outcome.FAILED
                stopped.add(parcel.token)
            elif parcel.token is not None and parcel.token in stopped:
                parcel.hold()
            else:
                parcel.outcome = Outcome.DISPATCHED
        return parcels

    def _parcel(self, offset: int) -> Parcel:
        event = ord(self.scope.events[offset])
        event_id = f"01890000-0000-7000-8000-{event:012x}" if self.scope.shared else f"e{event}"
        key, partition = self.scope.keys[offset], self.scope.partitions[offset]
        record = Record("", f"t-{partition}", "t", partition, offset, NOW, b"%d" % key, b"{}", [])
        if self.scope.ordered:
            return Parcel(record, "c", ORDERED, event_id, token=key)
        return Parcel(record, "c", EVENT, event_id)


def _table(state: EventState) -> ClaimsTable:
    table = ClaimsTable()
    table.items = {name: dict(item) for name, item in state.table.value.items()}
    return table


def _used(state: EventState, fault: int) -> EventState:
    return state._replace(left=tuple(number - (kind == fault) for kind, number in enumerate(state.left)))


def _with(state: EventState, slot: int, batch: Batch | None) -> EventState:
    batches = list(state.batches)
    batches[slot] = batch
    return state._replace(batches=tuple(batches))
