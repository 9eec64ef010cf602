"""A batch's way: records, claim, admit, route, send, outcome, settle, response."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from comboio.aws.json_api import AwsError
from comboio.claims import Claims
from comboio.ledger import Ledger, Mark, Standing, settle
from comboio.ledger_store import LedgerStore
from comboio.offsets import ranges
from comboio.pending import UnreadableLedgerError
from comboio.record import Record, partitions
from dispatcher.admission import Admission, Limits, admit_records
from dispatcher.dead_letters import DeadLetters
from dispatcher.events import EventClaims
from dispatcher.network import Network
from dispatcher.outcome import conclude
from dispatcher.parcel import Outcome, Parcel
from dispatcher.report import BatchReport
from dispatcher.response import Response, response
from dispatcher.shipping import Timetable, ship

Publish = Callable[[BatchReport, Sequence[Parcel]], None]
"""Hears what a batch came to."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """Who dispatches: the lease's owner, and its deadline (ms since 1970), after which it is no more."""

    owner: str
    deadline: int


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: before the deadline by `margin_s` no call begins; `checkpoint_s` between checkpoints."""

    margin_s: float
    checkpoint_s: float


class LedgerUnreachableError(Exception):
    """The ledger of some partition could not be asked: the whole batch must come again, and nothing be passed over."""


class Dispatcher:
    """Dispatches batches, one at a time; built once per execution environment."""

    def __init__(
        self,
        store: LedgerStore,
        claims: Claims,
        network: Callable[[], Network],
        dead_letters: DeadLetters,
        pool: Executor,
        limits: Limits,
        patience: Patience,
        *,
        publish: Publish,
        warn: Callable[[str, Mapping[str, Any]], None],
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._claims = claims
        self._network = network
        self._dead_letters = dead_letters
        self._pool = pool
        self._limits = limits
        self._patience = patience
        self._publish = publish
        self._warn = warn
        self._now = now
        self._clock = clock
        self._sleep = sleep

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        """Takes a batch all the way.

        Raises:
            MalformedEventError: the event is not a Kafka batch.
            LedgerUnreachableError: after the other partitions were settled; a partial response would not do, since
                records that no ledger knows of could be passed over for good.
            Exception: a defect; the leases were given back, and the mapping brings the batch again.
        """
        began = self._clock()
        batch = dict(partitions(event))
        unreachable: list[str] = []
        ledgers = self._claim(batch, invocation, unreachable)
        claimed = list(ledgers)
        try:
            report = BatchReport(records=sum(map(len, batch.values())), partitions=len(batch))
            report.refused_partitions = len(batch) - len(ledgers)
            parcels, settled = self._deliver(batch, ledgers, invocation, report)
        except Exception:
            self._release(claimed, invocation.owner)
            raise
        report.took_ms = (self._clock() - began) * 1000
        self._publish(report, parcels)
        if unreachable:
            raise LedgerUnreachableError(
                f"The ledgers of {', '.join(unreachable)} cannot be reached: the batch comes again, and what is settled "
                "of it is skipped. Check the table, the function's permissions and DynamoDB's health."
            )
        undone = [(name, record.offset) for name in batch if name not in settled for record in batch[name]]
        undone += [(p.record.source, p.record.offset) for p in parcels if not p.done and p.record.source in settled]
        return response(undone)

    def _deliver(
        self,
        batch: Mapping[str, Sequence[Record]],
        ledgers: dict[str, Ledger],
        invocation: Invocation,
        report: BatchReport,
    ) -> tuple[list[Parcel], set[str]]:
        """Admits, sends and settles the claimed partitions; returns the parcels and the partitions settled."""
        network = self._network()
        now = self._now()
        admissions = {
            name: admit_records(ledger, batch[name], network.router, now, self._limits)
            for name, ledger in ledgers.items()
        }
        self._tell(admissions)
        ledgers.update((name, admission.ledger) for name, admission in admissions.items())
        report.admitted(admissions.values())
        parcels = [parcel for admission in admissions.values() for parcel in admission.parcels]

        def checkpoint() -> None:
            self._settle(admissions, ledgers, invocation.owner, invocation.deadline, report)

        left_s = (invocation.deadline - now) / 1000
        timetable = Timetable(
            self._clock,
            self._sleep,
            self._clock() + max(left_s - self._patience.margin_s, 0.0),
            self._patience.checkpoint_s,
            checkpoint,
        )
        events = EventClaims(self._claims)
        events.take(parcels, now)
        bound = [parcel for parcel in parcels if parcel.outcome is None]
        report.calls = ship(bound, network.berths, self._pool, timetable)
        for parcel in bound:
            conclude(parcel)
        events.conclude()
        if dead := [parcel for parcel in parcels if parcel.outcome is Outcome.DEAD]:
            self._dead_letters.bury(dead, self._now())
        settled = self._settle(admissions, ledgers, invocation.owner, 0, report)
        report.lost_partitions = len(ledgers) - len(settled)
        report.concluded(parcels)
        return parcels, settled

    def _claim(
        self, batch: Mapping[str, Sequence[Record]], invocation: Invocation, unreachable: list[str]
    ) -> dict[str, Ledger]:
        """The ledgers of the partitions that are ours now; the others are left alone."""
        now = self._now()

        def claim(name: str) -> Ledger | None:
            try:
                brought = ranges(record.offset for record in batch[name])
                return self._store.claim(name, invocation.owner, now, invocation.deadline, brought)
            except (AwsError, UnreadableLedgerError) as error:
                if isinstance(error, AwsError):
                    unreachable.append(name)
                self._warn(
                    "The ledger of a partition cannot be had; its records come again.",
                    {"partition": name, "error": str(error)},
                )
                return None

        ledgers = zip(batch, self._pool.map(claim, batch), strict=True)
        return {name: ledger for name, ledger in ledgers if ledger is not None}

    def _settle(
        self,
        admissions: Mapping[str, Admission],
        ledgers: dict[str, Ledger],
        owner: str,
        lease_until: int,
        report: BatchReport,
    ) -> set[str]:
        """Writes how far each partition is; returns those that were still ours."""
        now = self._now()

        def write(name: str) -> bool:
            ledger = settle(ledgers[name], _marks(admissions[name].parcels), now)
            try:
                kept = self._store.settle(name, owner, ledger, lease_until)
            except AwsError as error:
                self._warn(
                    "A partition cannot be settled; its records come again, and may be sent twice.",
                    {"partition": name, "error": str(error)},
                )
                return False
            if kept:
                ledgers[name] = ledger
            return kept

        report.ledger_writes += len(admissions)
        names = list(admissions)
        return {name for name, kept in zip(names, self._pool.map(write, names), strict=True) if kept}

    def _release(self, names: Iterable[str], owner: str) -> None:
        """Gives the partitions back after a defect, so that the next try need not wait for the lease to end."""
        for name in names:
            try:
                self._store.release(name, owner)
            except AwsError as error:
                self._warn(
                    "A lease cannot be given back; it ends with this invocation's deadline.",
                    {"partition": name, "error": str(error)},
                )

    def _tell(self, admissions: Mapping[str, Admission]) -> None:
        for name, admission in admissions.items():
            if admission.recreated:
                self._warn("The topic was made again: its ledger starts over.", {"partition": name})
            if admission.abandoned:
                self._warn(
                    "Offsets that nobody brings any more were given up; see the on-failure destination.",
                    {"partition": name, "offsets": admission.abandoned},
                )


def _marks(parcels: Iterable[Parcel]) -> list[Mark]:
    marks = []
    for parcel in parcels:
        record = parcel.record
        if parcel.done:
            marks.append(Mark(record.offset, record.timestamp, Standing.DONE))
        elif parcel.waiting:
            marks.append(Mark(record.offset, record.timestamp, Standing.WAITING))
        else:
            state = (parcel.attempts, parcel.served, parcel.token)
            marks.append(Mark(record.offset, record.timestamp, Standing.PENDING, *state))
    return marks
