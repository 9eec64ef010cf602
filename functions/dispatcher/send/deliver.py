"""From parcels to outcomes: claim their events, send, divert what is not taken, dead-letter what never will be."""

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct, field

from comboio.claims.claims import Claims
from comboio.clocks import Clocks
from comboio.contract.hold import HoldMessage
from dispatcher.deadline import Budget
from dispatcher.fault import FaultKind
from dispatcher.intake.event_claims import EventClaims
from dispatcher.parcel import Outcome, Parcel
from dispatcher.send.dead_letter_queue import DeadLetters
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.divert import (
    CLOSED,
    PAUSED,
    SLOW,
    Behind,
    dying,
    followers,
    hold_behind,
    messages_of,
    to_divert,
    without,
)
from dispatcher.send.gate import Evidence, Gate, Permissions
from dispatcher.send.hold_queue import HoldQueue
from dispatcher.send.sender import SendBudget, send_all
from dispatcher.send.traffic import Traffic

NOTHING: Behind = {}

_LARGE_WAITS_MS = 300_000
"""How long a partition waits for a destination that is down, for a record that is too large for the hold queue: longer
than most restarts, and short beside what others of the partition are promised."""


class Timeouts(Struct, frozen=True):
    """Seconds."""

    divert_after_s: float
    """Time that a batch gives a destination in trouble, where what it does not take can be diverted."""
    checkpoint_s: float
    """Time between two checkpoints of a batch."""


class Delivered(Struct):
    """What a delivery came to, beside the outcomes of its parcels."""

    traffic: dict[str, Traffic] = field(default_factory=dict)
    """What went to each destination."""
    diverted: dict[str, int] = field(default_factory=dict)
    """Messages diverted, by destination."""
    markers: dict[str, dict[str, str]] = field(default_factory=dict)
    """By partition and destination: the last message in the hold queue that must not be overtaken."""
    permissions: Permissions = field(default_factory=Permissions)
    """What could be done with the destinations."""


class Delivery:
    """What batches of records, replays of dead letters and drained hold messages have in common."""

    def __init__(
        self,
        claims: Claims,
        dead_letters: DeadLetters,
        hold: HoldQueue | None,
        gate: Gate,
        timeouts: Timeouts,
        clocks: Clocks,
    ) -> None:
        self._claims = claims
        self._dead_letters = dead_letters
        self._hold = hold
        self._gate = gate
        self._timeouts = timeouts
        self._clocks = clocks

    def deliver(
        self,
        parcels: Sequence[Parcel],
        states: Mapping[str, DestinationState],
        budget: Budget,
        *,
        behind: Behind = NOTHING,
        divert: bool = False,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> Delivered:
        """Give every parcel without an outcome its outcome, within the budget.

        Args:
            parcels: in the order of their offsets, partition by partition.
            states: the destinations.
            budget: when each part ends.
            behind: where records that keep order would overtake what is in the hold queue.
            divert: whether what is not taken may be diverted.
            checkpoint: is called now and then while it sends.
        """
        events = EventClaims(self._claims, self._clocks.clock)
        events.take(parcels, self._clocks.now(), budget.left_s(budget.sends_end))
        bound = [parcel for parcel in parcels if parcel.outcome is None]
        diverts = divert and self._hold is not None
        delivered = Delivered(permissions=self._permissions(bound, states, budget, diverts=diverts))
        self._hold_closed(bound, delivered.permissions)
        hold_behind(bound, behind)
        if diverts:
            self._leave_slow(bound, states)
        delivered.traffic = send_all(bound, states, self._send_budget(budget, checkpoint))
        if diverts:
            self._cut_off_hung(bound, states, delivered.traffic)
            for name, seen in delivered.traffic.items():
                states[name].slowness.took(seen.seconds, self._timeouts.divert_after_s / 2, self._clocks.clock())
        well = {name for name, seen in delivered.traffic.items() if seen.messages}
        _excuse(bound, states, well | {name for name, vouched in delivered.permissions.doubts.items() if vouched})
        asked = delivered.traffic.keys() | delivered.permissions.destinations.keys()
        if asked:
            doubtful = {name for name, seen in delivered.traffic.items() if seen.suspected} - well
            within_s = budget.left_s(budget.writes_end) / 2  # the rest is for the hold queue and the DLQ
            seen_states = {name: states[name] for name in asked}
            self._gate.learn(seen_states, delivered.permissions, Evidence(well, doubtful), within_s=within_s)
        later: Sequence[Parcel] = ()
        if divert and self._hold is not None:
            later = followers(bound, dying)
            self._divert(self._hold, without(bound, later), behind, budget, delivered)
        self._conclude(without(parcels, later), budget)
        if later and self._hold is not None:  # none overtakes one of its key whose letter could not be written
            self._divert(self._hold, without(later, followers(bound, _undone)), behind, budget, delivered)
            self._conclude(later, budget)
        self.dead_letter(events.follow(), budget)
        events.conclude(budget.left_s(budget.writes_end))
        return delivered

    def _conclude(self, parcels: Sequence[Parcel], budget: Budget) -> None:
        for parcel in parcels:
            parcel.conclude()
        self.dead_letter([parcel for parcel in parcels if parcel.outcome is Outcome.DEAD], budget)

    def dead_letter(self, dead: Sequence[Parcel], budget: Budget) -> None:
        """Write the dead to the DLQ; those that could not be written become failed."""
        if dead:
            self._dead_letters.write(dead, self._clocks.now(), within_s=budget.left_s(budget.writes_end))

    def _permissions(
        self, bound: Sequence[Parcel], states: Mapping[str, DestinationState], budget: Budget, *, diverts: bool
    ) -> Permissions:
        """Ask what may be done. The drainer probes, and a batch does where its records wait for the destination."""
        routes = [route for route in {id(p.route): p.route for p in bound}.values() if route is not None]
        needed = {name: states[name] for route in routes for name in route.to if name in states}
        if not needed:
            return Permissions()
        waited_for = {name for route in routes if route.when_down == "wait" or not diverts for name in route.to}
        within_s = budget.left_s(budget.sends_end)
        return self._gate.permissions(needed, [route.name for route in routes], may_probe=waited_for, within_s=within_s)

    def _hold_closed(self, bound: Sequence[Parcel], permissions: Permissions) -> None:
        closed = {name for name in permissions.destinations if permissions.closed(name)}
        if not closed and not permissions.paused_routes:
            return
        for parcel in bound:
            if parcel.route is None:
                continue
            paused = parcel.route.name in permissions.paused_routes
            for name in parcel.route.to:
                if name not in parcel.served and (paused or name in closed):
                    parcel.add_fault(name, PAUSED if paused else CLOSED)

    def _leave_slow(self, bound: Sequence[Parcel], states: Mapping[str, DestinationState]) -> None:
        """Leave those destinations to the drainer whose calls take longer than a batch may wait."""
        now = self._clocks.clock()
        slow = {name for name, state in states.items() if state.slowness.left(now)}
        for parcel in bound if slow else ():
            if parcel.route is not None and parcel.route.when_down == "divert":
                for name in slow.intersection(parcel.route.to).difference(parcel.served):
                    parcel.add_fault(name, SLOW)

    def _cut_off_hung(
        self, bound: Sequence[Parcel], states: Mapping[str, DestinationState], traffic: Mapping[str, Traffic]
    ) -> None:
        """Open the circuit of a destination that took nothing and kept the batch waiting for it.

        A call that hangs costs every partition of the batch its whole timeout, so it is the time that counts: where a
        batch makes few calls, batch after batch would wait until enough of them had failed in a row. Only where the
        rest is diverted: its drainer probes then, and nobody else would soon.
        """
        diverts = {
            name
            for parcel in bound
            if parcel.faults and parcel.route is not None and parcel.route.when_down == "divert"
            for name in parcel.faults
        }
        for name in diverts & traffic.keys():
            seen = traffic[name]
            if seen.failed and not seen.messages and max(seen.seconds) >= self._timeouts.divert_after_s:
                states[name].circuit.cut_off(self._clocks.clock())

    def _send_budget(self, budget: Budget, checkpoint: Callable[[], None]) -> SendBudget:
        times = self._timeouts
        return SendBudget(
            self._clocks.now,
            budget.clock,
            self._clocks.sleep,
            budget.sends_end,
            times.divert_after_s,
            times.checkpoint_s,
            checkpoint,
        )

    def _divert(
        self, hold: HoldQueue, bound: Sequence[Parcel], behind: Behind, budget: Budget, delivered: Delivered
    ) -> None:
        now = self._clocks.now()
        messages: list[HoldMessage] = []
        carried: list[list[Parcel]] = []
        for (partition, name, ordered), parcels in to_divert(bound).items():
            start = 0
            after = behind.get((partition, name), "") if ordered else ""
            for message in messages_of(parcels, name, now, ordered=ordered, after=after):
                messages.append(message)
                carried.append(parcels[start : start + len(message.records)])
                start += len(message.records)
        if not messages:
            return
        kept = hold.write(messages, within_s=budget.left_s(budget.writes_end))
        for message, parcels, ok in zip(messages, carried, kept, strict=True):
            if not ok:
                if message.too_large:
                    _end_waiting(parcels, message.destination, now)
                continue
            for parcel in parcels:
                parcel.divert(message.destination)
            count = delivered.diverted.get(message.destination, 0)
            delivered.diverted[message.destination] = count + len(parcels)
            if message.ordered:
                delivered.markers.setdefault(message.partition, {})[message.destination] = message.token


def _end_waiting(parcels: Sequence[Parcel], destination: str, now: int) -> None:
    """Make dead letters of what no hold message can have, once its partition has waited for it for long."""
    for parcel in parcels:
        if parcel.since and now - parcel.since > _LARGE_WAITS_MS:
            parcel.dead_letter(
                "attempts_exhausted",
                f"{destination} does not take it now, and it is too large for the hold queue; replay it later",
            )


def _undone(parcel: Parcel) -> bool:
    return parcel.outcome in (Outcome.FAILED, Outcome.HELD)


def _excuse(bound: Sequence[Parcel], states: Mapping[str, DestinationState], well: Collection[str]) -> None:
    """Let a failure use no attempt that may be the destination's own.

    That is so while it is cut off, and where a message failed again and no call shows that its destination is `well`.
    """
    for parcel in bound:
        if not parcel.faults:
            continue
        for name, fault in parcel.faults.items():
            own = states[name].circuit.open or (parcel.attempts > 0 and name not in well)
            if fault.kind is FaultKind.TRANSIENT and own:
                parcel.faults[name] = fault._replace(kind=FaultKind.EXCUSED)
