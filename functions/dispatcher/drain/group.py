"""One order group of the hold queue in one invocation: its messages in order, and how far the first of them is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from msgspec.structs import replace

from comboio.contract.hold import HeldRecord, HoldMessage
from comboio.contract.message import MalformedMessageError
from comboio.drain.give_up import GiveUp
from comboio.drain.progress import Progress, after_message
from comboio.drain.waiting import MOST_ERROR, Waiting, counted
from comboio.message.registry.registry import RegistryUnavailableError
from comboio.routing.route import Route
from comboio.routing.router import Router
from dispatcher.fault import FaultKind
from dispatcher.parcel import Outcome, Parcel


@dataclass(slots=True)
class Received:
    """A message as SQS delivered it."""

    id: str
    receipt: str
    message: HoldMessage
    sent_at: int = 0
    """When the queue got it, by the queue's own clock (epoch ms); 0 where that is not known."""


@dataclass(slots=True)
class Group:
    """The messages of a group that were received, and the parcels of the first that is not drained."""

    name: str
    messages: list[Received]
    progress: Progress
    parcels: dict[int, Parcel] = field(default_factory=dict)
    """By their place in the message: those with which something remains to be done."""

    @property
    def head(self) -> Received:
        """The first message that is not drained."""
        return self.messages[0]

    def load(self, router: Router, now: int, given_up: Sequence[GiveUp] = ()) -> None:
        """Make parcels of the head; those too old or given up are dead, and one that was drained already has none."""
        message = self.head.message
        if self.head.id in self.progress.drained:
            self.parcels = {}
            return
        resumed = self.progress.head == message.token
        done = self.progress.done if resumed else frozenset()
        attempts: Mapping[int, int] = self.progress.attempts if resumed else {}
        routes: dict[str, Route] = {}
        unread: set[int | None] = set()
        self.parcels = {}
        for place, held in enumerate(message.records):
            if place in done:
                continue
            if held.route not in routes:
                routes[held.route] = _route(held.route, message.destination, router)
            parcel = _parcel(held, routes[held.route], ordered=message.ordered)
            if self.head.sent_at:  # whatever the clock was that wrote `since`
                parcel.since = min(parcel.since, self.head.sent_at)
            parcel.attempts = attempts.get(place, held.attempts)
            _read(parcel, router)
            _expire(parcel, message.destination, router, now)
            _give_up(parcel, message.destination, given_up)
            if parcel.token in unread and parcel.outcome is None:
                parcel.hold()  # or it would overtake one of its key that cannot be read now
            if parcel.token is not None and parcel.outcome is Outcome.HELD:
                unread.add(parcel.token)
            self.parcels[place] = parcel

    def drained(self) -> None:
        """Note that the head is drained whole, and go on to the next message."""
        self.progress = after_message(self.progress, self.head.message.token, self.head.id)
        self.messages.pop(0)
        self.parcels = {}

    def stopped(self, *, counted_at: int) -> Progress:
        """Return the progress after a head that is drained in part."""
        message = self.head.message
        left = {place: parcel for place, parcel in self.parcels.items() if not parcel.done}
        return replace(
            self.progress,
            head=message.token,
            done=frozenset(range(len(message.records))) - left.keys(),
            attempts={place: parcel.attempts for place, parcel in left.items() if parcel.attempts},
            counted_at=counted_at,
        )

    def waiting(self, now: int, wait_s: float, *, wakes: bool) -> Waiting:
        """Return what people are told of a group that is tried again in some seconds; `wakes`: or sooner, if asked."""
        first = self.head.message.records[0].record
        left = [parcel for _, parcel in self.left()]
        behind = [held for received in self.messages[1:] for held in received.message.records]
        worst = max((p.fault for p in left if p.fault is not None), key=lambda fault: fault.kind, default=None)
        error = worst.error if worst else next((p.error for p in left if p.error), "time ran out before its turn")
        codes = Counter("" if p.content is None or p.content.code is None else str(p.content.code) for p in left)
        return Waiting(
            self.head.message.destination,
            first.topic,
            first.partition,
            len(left) + len(behind),
            counted(codes),
            min([*(p.since for p in left), *(held.since for held in behind)], default=now),
            max([most_attempts(left), *(held.attempts for held in behind)]),
            error[:MOST_ERROR],
            now,
            now + int(wait_s * 1000),
            tuple(received.receipt for received in self.messages) if wakes else (),
        )

    @property
    def complete(self) -> bool:
        """Whether nothing remains to be done with the head."""
        return all(parcel.done for parcel in self.parcels.values())

    def left(self) -> list[tuple[HeldRecord, Parcel]]:
        """Return the records of the head with which something remains to be done."""
        records = self.head.message.records
        return [(records[place], parcel) for place, parcel in self.parcels.items() if not parcel.done]


def most_attempts(parcels: Sequence[Parcel]) -> int:
    """Return the attempts of the parcel that has used most of them."""
    return max((parcel.attempts for parcel in parcels), default=0)


def failed(parcels: Sequence[Parcel]) -> bool:
    """Return whether a destination failed on one of the parcels, rather than not being asked."""
    return any(
        parcel.outcome is Outcome.FAILED and parcel.fault is not None and parcel.fault.kind is FaultKind.TRANSIENT
        for parcel in parcels
    )


def _route(name: str, destination: str, router: Router) -> Route:
    """Return the policy that records were diverted by, as the table has it now, for this one destination.

    Their events were claimed when they were diverted, and stay claimed.
    """
    policy = next((route for route in router.table.routes if route.name == name), router.table.fallback)
    return policy.model_copy(update={"to": (destination,), "idempotency": "offset"})


def _parcel(held: HeldRecord, route: Route, *, ordered: bool) -> Parcel:
    record = held.record
    token = crc32(record.key, crc32(held.route.encode())) if ordered and record.key is not None else None
    return Parcel(
        record,
        held.correlation_id,
        route,
        held.event_id,
        token,
        since=held.since,
        served=held.served,
        traceparent=held.traceparent,
    )


def _read(parcel: Parcel, router: Router) -> None:
    """Read the message again; its contract may be another one by now."""
    try:
        parcel.content = router.read(parcel.record)
    except MalformedMessageError as error:
        parcel.dead_letter("malformed", str(error))
    except RegistryUnavailableError as error:
        parcel.error = str(error)  # what people are told of why it waits
        parcel.hold()


def _expire(parcel: Parcel, destination: str, router: Router, now: int) -> None:
    if destination not in router.table.destinations:
        parcel.dead_letter("permanent", f"the routing table has no destination {destination}; add it, then replay")
    elif parcel.route is not None and now - parcel.since > parcel.route.max_age_s * 1000:
        parcel.dead_letter("expired", f"{destination} did not take it for {parcel.route.max_age_s} s")


def _give_up(parcel: Parcel, destination: str, orders: Sequence[GiveUp]) -> None:
    code = parcel.content.code if parcel.content is not None else None
    for order in orders:
        if parcel.outcome is not Outcome.DEAD and order.takes(parcel.record.topic, parcel.since, code):
            by = f" by {order.by}" if order.by else ""
            parcel.dead_letter("given_up", f"it waited for {destination}, and was given up{by}")
