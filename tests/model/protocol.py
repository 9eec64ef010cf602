"""The protocol of ledger, hold queue and drainer in small, with everything that can go wrong between its steps.

What is decided is decided by the product's own functions: claim, admission, the look at what is drained, diverting,
settlement, and the drainer's group. So the model cannot say anything else than the code. What happens in between
(deliveries, crashes, zombies, redeliveries, refusals, lost answers) is all that can happen within a scope.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations

from comboio.clocks import Clocks
from comboio.contract.hold import HoldMessage
from comboio.contract.record import Record
from comboio.drain.memory import MemoryDrainStore
from comboio.drain.progress import Progress
from comboio.invocation import Invocation as Owner
from comboio.ledger.duplicate import done
from comboio.ledger.encoding import from_attributes
from comboio.ledger.ledger import Ledger
from comboio.ledger.memory import Item as StoredItem
from comboio.ledger.memory import MemoryLedgerStore
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.deadline import Budget
from dispatcher.drain.group import Group, Received
from dispatcher.fault import HELD, Fault, FaultKind
from dispatcher.intake.admission import AdmissionLimits, admit_parcels, parcel_of
from dispatcher.intake.drained import behind_hold_queue
from dispatcher.intake.leases import Leases
from dispatcher.parcel import Parcel
from dispatcher.send.divert import hold_behind, messages_of, to_divert
from tests.model.explorer import Step
from tests.model.known import Known
from tests.model.state import Drainer, Frozen, Held, Invocation, Item, Place, State
from tests.support.dispatcher import MemoryReporter, payload

NOW = 1_700_000_000_000
ABANDON_MS = 1_000_000
LATE = NOW + 2 * ABANDON_MS
LEASE_MS = 60_000
FAILURE = Fault(FaultKind.TRANSIENT, "no luck")

TABLE = """
version = 1
[destinations.a]
type = "sqs"
[[routes]]
name = "r"
to = ["a"]
ordering = "key"
max_attempts = 20
when_down = "{when_down}"
[default]
to = ["dead_letter"]
"""

CRASH, STALL, REFUSE, LOSE, REPEAT, AGE = range(6)
"""Kinds of faults: a crash, a process that stands still and goes on, a destination or queue that does not take
something, a settlement whose answer is lost, a delivery of what was answered for, and time that passes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is explored."""

    offsets: Place = (0, 1, 3)
    """The log of the partition; offset 2 is a gap."""
    trucks: Place = (1, 1, 1)
    """The keys of the records."""
    faults: tuple[int, int, int, int, int, int] = (1, 0, 1, 0, 0, 0)
    """How often each kind may happen."""
    ordered: bool = True
    """Whether Kafka's order holds: one invocation at a time, and what is new comes in its turn."""
    diverts: bool = True
    """Whether what is not taken goes to the hold queue; else it waits in Kafka."""
    forgets: bool = False
    """Whether the hold queue has forgotten a message's token when it is written again, after five minutes."""


class Protocol:
    """The steps that are possible in a state, and what must hold in each."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._router = Router(load(TABLE.replace("{when_down}", "divert" if scope.diverts else "wait"), {}))
        self._records = {
            offset: Record("", "t-0", "t", 0, offset, NOW, b"%d" % truck, payload(event_id=f"e{offset}"), [])
            for offset, truck in zip(scope.offsets, scope.trucks, strict=True)
        }
        self._name = next(iter(self._records.values())).partition_name
        self._limits = AdmissionLimits(incomplete=100, abandon_ms=ABANDON_MS)
        self._budget = Budget(lambda: 0.0, 1.0, 2.0, 3.0)
        self._clocks = Clocks(lambda: NOW, lambda: 0.0, lambda _: None)
        self._known = Known()

    def start(self) -> State:
        """Return the first state: nothing was delivered."""
        return State(self.scope.offsets, copies=(0,) * len(self.scope.offsets), left=self.scope.faults)

    def ended(self, state: State) -> bool:
        """Return whether all is done, and nothing is under way."""
        return not (
            state.fresh or state.pending or state.owed or state.queue or any(state.invocations) or any(state.drainers)
        )

    def broken(self, state: State) -> str | None:
        """Return the promise that a state breaks."""
        held = {offset for _, message in state.queue for offset in message.offsets}
        kept = held.union(state.arrived)
        if lost := state.answered - kept:
            return f"lost: {sorted(lost)} was answered as done, and is nowhere"
        if state.item.attributes is not None and (lost := self._done(state.item.attributes) - kept):
            return f"lost: {sorted(lost)} is done in the ledger, and is nowhere"
        used = [most - left for most, left in zip(self.scope.faults, state.left, strict=True)]
        if max(state.copies) > 1 + used[CRASH] + used[STALL] + used[LOSE] + used[AGE]:
            return f"sent {state.copies} times, which no crash explains"
        if self.scope.ordered:
            for truck in set(self.scope.trucks):
                first = [offset for offset in state.arrived if self._records[offset].key == b"%d" % truck]
                if first != sorted(first):
                    return f"out of order: {first}"
        return None

    def _done(self, attributes: Frozen) -> frozenset[int]:
        """Return the offsets that a ledger calls done, those among them that the log does not have."""

        def read() -> frozenset[int]:
            ledger = from_attributes(attributes.value)
            return frozenset(offset for offset in range(max(self.scope.offsets) + 2) if done(ledger, offset))

        return self._known.once(("done", attributes), read)

    def steps(self, state: State) -> Iterator[Step[State]]:
        """Yield all that can happen."""
        yield from self._deliveries(state)
        for slot, invocation in enumerate(state.invocations):
            if invocation is not None:
                yield from self._goes_on(state, slot, invocation)
                yield from self._goes_wrong(state, slot, invocation)
        if state.item.live and state.item.owner is None:
            yield Step("the lease of a crashed invocation ends", state._replace(item=state.item._replace(live=False)))
        yield from self._drains(state)
        if state.left[REPEAT]:
            for offset in state.answered:
                again = state._replace(pending=state.pending | {offset}, answered=state.answered - {offset})
                yield Step(f"{offset} comes again", _used(again, REPEAT), fault=True)

    # The mapping

    def _deliveries(self, state: State) -> Iterator[Step[State]]:
        free = next((slot for slot, each in enumerate(state.invocations) if each is None), None)
        if free is None:
            return
        if self.scope.ordered and any(each and not each.zombie for each in state.invocations):
            return
        if state.owed:
            after = _with(state._replace(owed=()), free, Invocation(state.owed))
            yield Step(f"{free}: {state.owed} is delivered again", after)
            return
        news = list(_subsets(state.fresh))
        if self.scope.ordered:
            news = [state.fresh[:number] for number in range(len(state.fresh) + 1)]
        for old in _subsets(tuple(sorted(state.pending))):
            for new in news:
                if batch := tuple(sorted(old + new)):
                    after = state._replace(
                        fresh=tuple(offset for offset in state.fresh if offset not in new),
                        pending=state.pending - set(old),
                    )
                    yield Step(f"{free}: {batch} is delivered", _with(after, free, Invocation(batch)))
                    if state.left[AGE]:
                        late = _with(_used(after, AGE), free, Invocation(batch, late=True))
                        yield Step(f"{free}: {batch} is delivered much later", late, fault=True)

    def _answered(self, state: State, slot: int, invocation: Invocation, failed: Iterable[int]) -> State:
        """Let an invocation end with its answer."""
        undone = set(failed)
        ended = _ended(state, slot)
        if invocation.zombie:
            return ended
        return ended._replace(
            pending=ended.pending | undone, answered=ended.answered | (set(invocation.batch) - undone)
        )

    # The dispatcher

    def _goes_on(self, state: State, slot: int, invocation: Invocation) -> Iterator[Step[State]]:
        if invocation.phase == "new":
            yield self._claim(state, slot, invocation)
        elif invocation.phase == "claimed":
            yield self._look(state, slot, invocation)
        elif invocation.phase == "looked":
            yield from self._send(state, slot, invocation)
        elif invocation.phase == "sent":
            yield from self._divert(state, slot, invocation)
        else:
            yield from self._settle(state, slot, invocation)

    def _goes_wrong(self, state: State, slot: int, invocation: Invocation) -> Iterator[Step[State]]:
        back = state
        if not invocation.zombie and self.scope.ordered:
            back = state._replace(owed=invocation.batch)
        elif not invocation.zombie:
            back = state._replace(pending=state.pending | set(invocation.batch))
        if state.left[CRASH]:
            yield Step(f"{slot}: crashes", _used(_ended(back, slot), CRASH), fault=True)
        if state.left[STALL] and not invocation.zombie and invocation.phase != "new":
            lease = state.item._replace(live=False) if state.item.owner == slot else state.item
            stalled = _with(back._replace(item=lease), slot, invocation._replace(zombie=True))
            yield Step(f"{slot}: stands still past its deadline", _used(stalled, STALL), fault=True)

    def _claim(self, state: State, slot: int, invocation: Invocation) -> Step[State]:
        def claim() -> tuple[Item, Frozen | None]:
            store, leases = self._leases(state.item, slot)
            leases.claim({self._name: self._of(invocation.batch)}, meanwhile=lambda: None)
            ledger = leases.ledgers.get(self._name)
            return _taken(store, self._name, state.item, slot), None if ledger is None else Frozen(ledger)

        item, ledger = self._known.once(("claim", state.item, slot, invocation.batch), claim)
        if ledger is None:
            after = self._answered(state._replace(item=item), slot, invocation, invocation.batch)
            return Step(f"{slot}: is refused the lease", after)
        claimed = invocation._replace(phase="claimed", claimed=ledger)
        return Step(f"{slot}: takes the lease", _with(state._replace(item=item), slot, claimed))

    def _look(self, state: State, slot: int, invocation: Invocation) -> Step[State]:
        def look() -> tuple[Frozen, str]:
            drained = MemoryDrainStore()
            if state.progress is not None:
                drained.items[self._message(Held(self.scope.offsets[:1])).group] = state.progress.value
            ledgers = {self._name: self._admitted(invocation)[0]}
            behind = behind_hold_queue(ledgers, drained, MemoryReporter(), 1.0)
            return Frozen(ledgers[self._name]), behind.get((self._name, "a"), "")

        ledger, behind = self._known.once(("look", invocation, state.progress), look)
        looked = invocation._replace(phase="looked", looked=ledger, behind=behind)
        name = f"{slot}: must go behind the hold queue" if behind else f"{slot}: may send straight"
        return Step(name, _with(state, slot, looked))

    def _send(self, state: State, slot: int, invocation: Invocation) -> Iterator[Step[State]]:
        def send() -> list[tuple[int | None, Invocation, Place]]:
            found = []
            bound = [each.record.offset for each in self._parcels(invocation) if not (each.outcome or each.faults)]
            for failed in [None, *bound]:
                sent = invocation._replace(phase="sent", failed=failed)
                taken = [each.record.offset for each in self._parcels(sent) if not (each.outcome or each.faults)]
                found.append((failed, sent, tuple(offset for offset in taken if offset in bound)))
            return found

        for failed, sent, taken in self._known.once(("send", invocation), send):
            after = _with(_arrive(state, self.scope.offsets, taken), slot, sent)
            if failed is None:
                yield Step(f"{slot}: sends {taken}", after)
            elif state.left[REFUSE]:
                name = f"{slot}: sends {taken}, and {failed} is not taken"
                yield Step(name, _used(after, REFUSE), fault=True)

    def _divert(self, state: State, slot: int, invocation: Invocation) -> Iterator[Step[State]]:
        def divert() -> list[tuple[str, Held]]:
            messages = self._to_hold(self._parcels(invocation), invocation.behind)
            return [
                (each.token, Held(tuple(held.record.offset for held in each.records), each.after)) for each in messages
            ]

        messages = self._known.once(("divert", invocation), divert)
        if not messages:
            yield from self._settle(state, slot, invocation)
            return
        after = state
        for token, held in messages:
            if self.scope.forgets or token not in after.tokens:
                after = after._replace(
                    queue=(*after.queue, (after.written, held)),
                    written=after.written + 1,
                    tokens=after.tokens | {token},
                )
        diverted = invocation._replace(phase="diverted", diverted=True)
        yield Step(f"{slot}: diverts {[held.offsets for _, held in messages]}", _with(after, slot, diverted))
        if state.left[REFUSE]:
            refused = _with(state, slot, invocation._replace(phase="diverted"))
            yield Step(f"{slot}: the hold queue refuses", _used(refused, REFUSE), fault=True)
        if state.left[LOSE]:
            unknown = _with(after, slot, invocation._replace(phase="diverted"))
            yield Step(f"{slot}: the hold queue's answer is lost", _used(unknown, LOSE), fault=True)

    def _settle(self, state: State, slot: int, invocation: Invocation) -> Iterator[Step[State]]:
        def settle() -> tuple[Item, bool, Place]:
            parcels, markers = self._concluded(invocation)
            store, leases = self._leases(state.item, slot)
            leases.ledgers = {self._name: invocation.looked.value if invocation.looked else Ledger()}
            kept = bool(leases.settle({self._name: parcels}, markers))
            item = _settled(store, self._name, state.item, kept=kept)
            return item, kept, tuple(each.record.offset for each in parcels if not each.done)

        item, kept, undone = self._known.once(("settle", state.item, slot, invocation), settle)
        failed = undone if kept else invocation.batch
        after = self._answered(state._replace(item=item), slot, invocation, failed)
        yield Step(f"{slot}: {'settles' if kept else 'has lost its lease'}, and fails {failed}", after)
        if kept and state.left[LOSE]:
            lost = self._answered(state._replace(item=item), slot, invocation, invocation.batch)
            yield Step(f"{slot}: settles, and the answer is lost", _used(lost, LOSE), fault=True)

    def _concluded(self, invocation: Invocation) -> tuple[list[Parcel], dict[str, dict[str, str]]]:
        """Return the parcels with their outcomes, and the markers of what is in the hold queue."""
        parcels, markers = self._parcels(invocation), {}
        for message in self._to_hold(parcels, invocation.behind) if invocation.diverted else ():
            markers = {self._name: {"a": message.token}}
            held = {each.record.offset for each in message.records}
            for parcel in parcels:
                if parcel.record.offset in held:
                    parcel.divert("a")
        for parcel in parcels:
            parcel.conclude()
        return parcels, markers

    def _admitted(self, invocation: Invocation) -> tuple[Ledger, list[Parcel]]:
        assert invocation.claimed is not None
        now = LATE if invocation.late else NOW
        read = [parcel_of(record, self._router) for record in self._of(invocation.batch)]
        admission = admit_parcels(invocation.claimed.value, read, now, self._limits)
        return admission.ledger, admission.parcels

    def _parcels(self, invocation: Invocation) -> list[Parcel]:
        """Return the parcels of an invocation as they are after its last step."""
        parcels = self._admitted(invocation)[1]
        hold_behind(parcels, {(self._name, "a"): invocation.behind} if invocation.behind else {})
        if invocation.phase not in ("sent", "diverted"):
            return parcels
        stopped: set[int | None] = set()
        for parcel in parcels:
            if parcel.outcome is not None or parcel.faults:
                continue
            if parcel.record.offset == invocation.failed:
                parcel.add_fault("a", FAILURE)
                stopped.add(parcel.token)
            elif parcel.token in stopped:
                parcel.add_fault("a", HELD)
            elif "a" not in parcel.served:
                parcel.serve("a")
        return parcels

    def _to_hold(self, parcels: list[Parcel], behind: str) -> list[HoldMessage]:
        if not self.scope.diverts:
            return []
        bound = [parcel for parcel in parcels if parcel.outcome is None]
        return [
            message
            for (_, name, ordered), group in to_divert(bound).items()
            for message in messages_of(group, name, NOW, ordered=ordered, after=behind if ordered else "")
        ]

    def _of(self, offsets: Place) -> list[Record]:
        return [self._records[offset] for offset in offsets]

    def _leases(self, item: Item, slot: int) -> tuple[MemoryLedgerStore, Leases]:
        """Return the store with the item, and the leases of an invocation that has none yet."""
        store = MemoryLedgerStore()
        if item.attributes is not None:
            owner = "ended" if item.owner is None else f"s{item.owner}"
            until = NOW + LEASE_MS if item.live else 0
            store._items[self._name] = StoredItem(owner, until, dict(item.attributes.value), set(item.notes))
        owner_now = Owner(f"s{slot}", NOW + LEASE_MS)
        reporter = MemoryReporter()
        return store, Leases(store, reporter, self._clocks.now, owner_now, self._budget)

    # The drainer

    def _drains(self, state: State) -> Iterator[Step[State]]:
        for slot, drainer in enumerate(state.drainers):
            if drainer is None:
                continue
            yield from self._drainer_goes_on(state, slot, drainer)
            if state.left[CRASH]:
                yield Step(f"d{slot}: crashes", _used(_drainer(state, slot, None), CRASH), fault=True)
            if state.left[STALL] and not drainer.zombie:
                stalled = _drainer(state, slot, drainer._replace(zombie=True))
                yield Step(f"d{slot}: stands still", _used(stalled, STALL), fault=True)
        in_flight = any(each and not each.zombie for each in state.drainers)
        free = next((slot for slot, each in enumerate(state.drainers) if each is None), None)
        if state.queue and not in_flight and free is not None:
            number, held = state.queue[0]
            yield Step(f"d{free}: gets {held.offsets} of the hold queue", _drainer(state, free, Drainer(number)))

    def _drainer_goes_on(self, state: State, slot: int, drainer: Drainer) -> Iterator[Step[State]]:
        message = dict(state.queue).get(drainer.message)
        if message is None:  # another one has drained it: what is left of a zombie's work is to end
            yield Step(f"d{slot}: ends", _drainer(state, slot, None))
            return
        if drainer.phase == "received":
            read = drainer._replace(phase="read", progress=state.progress or Frozen(Progress()))
            yield Step(f"d{slot}: reads how far it is", _drainer(state, slot, read))
        elif drainer.phase == "read":
            yield from self._drainer_sends(state, slot, drainer, message)
        elif drainer.phase == "sent":
            written = state._replace(progress=drainer.progress)
            yield Step(f"d{slot}: writes how far it is", _drainer(written, slot, drainer._replace(phase="written")))
        else:
            gone = drainer.complete and not drainer.zombie
            left = tuple(each for each in state.queue if not gone or each[0] != drainer.message)
            yield Step(f"d{slot}: ends its look", _drainer(state._replace(queue=left), slot, None))

    def _drainer_sends(self, state: State, slot: int, drainer: Drainer, held: Held) -> Iterator[Step[State]]:
        for failed in [None, *range(len(held.offsets))] if state.left[REFUSE] else [None]:
            found = self._known.once(("drain", drainer, held, failed), partial(self._sent, drainer, held, failed))
            if found is None:
                continue
            sent, taken = found
            after = _drainer(_arrive(state, self.scope.offsets, taken), slot, sent)
            if failed is None:
                yield Step(f"d{slot}: sends {taken}", after)
            else:
                name = f"d{slot}: sends {taken}, and {held.offsets[failed]} is not taken"
                yield Step(name, _used(after, REFUSE), fault=True)

    def _sent(self, drainer: Drainer, held: Held, failed: int | None) -> tuple[Drainer, Place] | None:
        """Return the drainer after its calls, and what was taken; None where nothing is sent of the failed place."""
        message = self._message(held)
        progress = drainer.progress.value if drainer.progress else Progress()
        group = Group(message.group, [Received(str(drainer.message), "", message)], progress)
        group.load(self._router, NOW)
        if failed is not None and failed not in group.parcels:
            return None
        taken = []
        stopped: set[int | None] = set()
        for place, parcel in group.parcels.items():
            if place == failed or parcel.token in stopped:
                parcel.add_fault("a", HELD)
                stopped.add(parcel.token)
            elif parcel.outcome is None:
                parcel.serve("a")
                taken.append(parcel.record.offset)
            parcel.conclude()
        complete = group.complete
        if complete:
            group.drained()
        reached = Frozen(group.progress if complete else group.stopped(counted_at=0))
        return drainer._replace(phase="sent", progress=reached, complete=complete), tuple(taken)

    def _message(self, held: Held) -> HoldMessage:
        """Return a message as the hold queue has it."""

        def make() -> HoldMessage:
            read = [parcel_of(record, self._router) for record in self._of(held.offsets)]
            parcels = admit_parcels(Ledger(), read, NOW, self._limits).parcels
            for parcel in parcels:
                parcel.add_fault("a", HELD)
            [message] = messages_of(parcels, "a", NOW, ordered=True, after=held.after)
            return message

        return self._known.once(("message", held), make)


def _subsets(offsets: Place) -> Iterable[Place]:
    return chain.from_iterable(combinations(offsets, number) for number in range(len(offsets) + 1))


def _used(state: State, fault: int) -> State:
    left = tuple(number - (kind == fault) for kind, number in enumerate(state.left))
    return state._replace(left=left)


def _with(state: State, slot: int, invocation: Invocation | None) -> State:
    invocations = list(state.invocations)
    invocations[slot] = invocation
    return state._replace(invocations=tuple(invocations))


def _drainer(state: State, slot: int, drainer: Drainer | None) -> State:
    drainers = list(state.drainers)
    drainers[slot] = drainer
    return state._replace(drainers=tuple(drainers))


def _ended(state: State, slot: int) -> State:
    """Let an invocation be gone; a lease that it has stays until it ends."""
    item = state.item._replace(owner=None) if state.item.owner == slot else state.item
    return _with(state._replace(item=item), slot, None)


def _arrive(state: State, offsets: Place, taken: Iterable[int]) -> State:
    arrived, copies = list(state.arrived), list(state.copies)
    for offset in taken:
        copies[offsets.index(offset)] += 1
        if offset not in arrived:
            arrived.append(offset)
    return state._replace(arrived=tuple(arrived), copies=tuple(copies))


def _taken(store: MemoryLedgerStore, name: str, before: Item, slot: int) -> Item:
    """Return the item after a claim, whoever has the lease now."""
    stored = store._items[name]
    owner = slot if stored.owner == f"s{slot}" else before.owner
    return Item(owner, stored.lease_until > NOW, Frozen(stored.attributes), frozenset(stored.notes))


def _settled(store: MemoryLedgerStore, name: str, before: Item, *, kept: bool) -> Item:
    stored = store._items[name]
    live = stored.lease_until > NOW if kept else before.live
    return Item(before.owner, live, Frozen(stored.attributes), frozenset(stored.notes))
