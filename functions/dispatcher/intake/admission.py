"""Which records of a partition are dispatched now: not the duplicates, not those behind an earlier failure."""

from collections.abc import Mapping, Sequence
from zlib import crc32

from msgspec import Struct

from comboio.contract.message import MalformedMessageError
from comboio.contract.record import Record
from comboio.ledger.duplicate import Admit, admit
from comboio.ledger.ledger import Ledger, abandon
from comboio.ledger.recreated import recreated, sample, start_over
from comboio.message.registry.registry import RegistryUnavailableError
from comboio.routing.router import Router
from dispatcher.intake.key_order import hold_back
from dispatcher.parcel import Outcome, Parcel
from dispatcher.trace_context import well_formed

_NOT_ROUTED = "no route takes its topic and codigo; add one to routes.toml, then replay"
_NO_TOMBSTONES = 'tombstone: the record has no value; a route with `value = "tombstone"` would take it'


class AdmissionLimits(Struct, frozen=True):
    """How much of a partition may be unfinished, and for how long."""

    incomplete: int
    """Maximum of incomplete offsets before new records are deferred."""
    abandon_ms: int
    """Age at which an unfinished offset that is no longer redelivered is abandoned."""


class Admission(Struct):
    """A partition's part of the batch after its ledger was read."""

    ledger: Ledger
    parcels: list[Parcel]
    duplicates: int
    abandoned: int
    recreated: bool


def admit_parcels(ledger: Ledger, read: Sequence[Parcel], now: int, limits: AdmissionLimits) -> Admission:
    """Choose among the parcels of a partition (in offset order); held and dead ones have their outcome already."""
    records = [parcel.record for parcel in read]
    restarted = recreated(ledger, records)
    if restarted:
        ledger = start_over(ledger)
    ledger, abandoned = abandon(ledger, [record.offset for record in records], now, limits.abandon_ms)
    ledger = sample(ledger, records)
    parcels: list[Parcel] = []
    duplicates = 0
    previous = -1
    lowest = min(ledger.incomplete, default=-1)
    new = not ledger.incomplete and bool(records) and records[0].offset >= ledger.next
    for parcel in read:
        offset = parcel.record.offset
        if offset == previous or not (new or _admitted(parcel, ledger, limits, lowest)):
            duplicates += 1
            continue
        previous = offset
        parcels.append(parcel)
    hold_back(ledger, parcels)
    return Admission(ledger, parcels, duplicates, abandoned, restarted)


def _admitted(parcel: Parcel, ledger: Ledger, limits: AdmissionLimits, lowest: int) -> bool:
    """Return whether it is no duplicate. One that was tried before goes on from there; one too many is held."""
    offset = parcel.record.offset
    verdict = admit(ledger, offset, limits.incomplete)
    if verdict is Admit.RETRY:
        entry = ledger.incomplete[offset]
        parcel.attempts, parcel.since, parcel.served = entry.attempts, entry.since, entry.served
    elif verdict is Admit.BACKPRESSURE and offset > lowest:  # what is lower, others may be waiting for
        parcel.hold(deferred=True)
    return verdict is not Admit.DUPLICATE


def read_all(batch: Mapping[str, Sequence[Record]], router: Router) -> dict[str, list[Parcel]]:
    """Read and route the records of a batch, by partition; what its ledger knows is not asked for."""
    return {name: [parcel_of(record, router) for record in records] for name, records in batch.items()}


def parcel_of(record: Record, router: Router) -> Parcel:
    """Read and route a record; what cannot be read or routed is dead."""
    correlation_id = record.header("correlation_id")
    if correlation_id is None or not _plain(correlation_id):
        correlation_id = record.position
    try:
        if record.flaw is not None:
            raise MalformedMessageError(record.flaw)
        content = router.read(record)
        route = router.find(record, content)
        if not content.event_id and route is not None and route.idempotency == "event":
            router.check_id(record.topic, route)
    except MalformedMessageError as error:
        parcel = Parcel(record, correlation_id)
        parcel.dead_letter("malformed", str(error))
        return parcel
    except RegistryUnavailableError as error:
        parcel = Parcel(record, correlation_id)
        parcel.error = str(error)
        parcel.hold(deferred=True)  # whose key it has, and on which route, is not known: what keeps order waits for it
        return parcel
    parcel = Parcel(record, correlation_id, route, content.event_id or record.id, content=content)
    if route is None:
        parcel.dead_letter("tombstone", _NO_TOMBSTONES)
    elif route.dead:
        parcel.dead_letter("unroutable", _NOT_ROUTED)
    elif route.discards(record):
        parcel.outcome = Outcome.DISCARDED
    elif route.ordering == "key" and record.key is not None:
        parcel.token = crc32(record.key, crc32(route.name.encode()))
    trace = record.header("traceparent")
    if trace is not None and well_formed(trace):
        parcel.traceparent = trace
    return parcel


def _plain(text: str) -> bool:
    """Return whether a header may stand in JSON, in a log and in an attribute as it is."""
    return 0 < len(text) <= 128 and text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
