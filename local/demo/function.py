"""The deployed handler with the demo's faults; a consumer's process runs it, or Lambda's runtime.

Environment: DEMO_NAME (whose files to write), DEMO_CRASHES ("yes": crash when told to, after the sends of a batch and
before it is settled).
"""

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comboio.aws.credentials import CredentialSource
from comboio.aws.endpoint import endpoint
from comboio.aws.http import Http, KeptConnections
from comboio.aws.json_api import DYNAMODB, SQS, JsonApi, Service
from comboio.invocation import Invocation, LambdaContext
from comboio.ledger.store import LedgerStore
from dispatcher.observe.report import BatchReport
from dispatcher.observe.reporter import Reporter
from dispatcher.parcel import Outcome, Parcel
from dispatcher.response import Response
from dispatcher.wiring import build
from local.demo.faults import BatchCounting, Counting, Crashing, Telling, Throttling
from local.demo.proof.paths import Paths

_CRASH_FROM_RECORDS = 200
"""A batch with more records than this is worth a crash: the report shows what a crash does to many of them."""


class DemoFunction:
    """Counts its batches, crashes in one if told to, and writes down the result of each and what had no answer."""

    def __init__(self, environ: Mapping[str, str], paths: Paths) -> None:
        self._paths = paths
        self._crashes = environ.get("DEMO_CRASHES") == "yes"
        self._file = paths.batches(environ["DEMO_NAME"]).open("a", encoding="utf-8")
        self._store: Crashing | None = None
        self._ledger: Counting | None = None
        self._counted = 0
        self._in_flight: set[str] = set()
        self._function = build(environ, connect=self._connect, wrap_store=self._keep, wrap_reporter=self._counting)

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        """Dispatch one batch."""
        if self._store is not None and self._worth_a_crash(event):
            self._store.armed = True
            self._paths.crash.unlink()
            _note(self._paths.crashes, [invocation.owner])
        self._in_flight.add(invocation.owner)
        try:
            return self._function.dispatcher.dispatch(event, invocation)
        finally:
            self._in_flight.discard(invocation.owner)
            if self._store is not None:
                self._store.armed = False

    def _worth_a_crash(self, event: Mapping[str, Any]) -> bool:
        """Return whether a crash was asked for and the batch is large enough."""
        asked = self._crashes and self._paths.crash.exists()
        return asked and sum(map(len, event["records"].values())) > _CRASH_FROM_RECORDS

    def _connect(
        self, service: Service, environ: Mapping[str, str], credentials: CredentialSource, timeout_s: float
    ) -> JsonApi:
        region = environ["AWS_DEFAULT_REGION"]
        http: Http = Telling(KeptConnections(endpoint(service.name, region, environ), timeout_s), self._note_unanswered)
        if service is DYNAMODB:
            self._ledger = http = Counting(http)
        elif service is SQS:
            http = Throttling(http, environ["ROUTE_TELEMETRY_QUEUE_URL"], self._paths.throttle)
        return JsonApi(service, region, credentials, http)

    def _counting(self, reporter: Reporter) -> Reporter:
        return BatchCounting(reporter, self._count)

    def _keep(self, store: LedgerStore) -> LedgerStore:
        self._store = Crashing(store)
        return self._store

    def _note_unanswered(self) -> None:
        """Write down whoever is in flight: which of them made the call is not known here."""
        _note(self._paths.unanswered, sorted(self._in_flight))

    def _new_ledger_writes(self) -> int:
        """Return the writes since the last finished batch; those of a crashed one count with the next."""
        made = self._ledger.requests if self._ledger else 0
        new, self._counted = made - self._counted, made
        return new

    def _count(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        if report.lost_partitions:
            self._note_unanswered()
        now = time.time()
        ages = sorted(now * 1000 - p.record.timestamp for p in parcels[::20] if p.outcome is Outcome.DISPATCHED)
        line = {
            "at": now,
            "records": report.records,
            "dispatched": report.outcomes[Outcome.DISPATCHED],
            "duplicates": report.duplicates,
            "dead": report.outcomes[Outcome.DEAD],
            "held": report.outcomes[Outcome.HELD],
            "failed": report.outcomes[Outcome.FAILED],
            "diverted": dict(report.diverted),
            "ledger_writes": self._new_ledger_writes(),
            "calls": sum(report.calls.values()),
            "took_ms": round(report.took_ms, 1),
            "latency_ms": round(ages[len(ages) // 2]) if ages else None,
        }
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._file.flush()


def _note(path: Path, owners: Sequence[str]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps({"id": owner}) + "\n" for owner in owners))


FUNCTION = DemoFunction(os.environ, Paths())


def handler(event: Mapping[str, Any], context: LambdaContext) -> Response:
    """Dispatch a batch for one of the demo's consumers."""
    deadline = time.time_ns() // 1_000_000 + context.get_remaining_time_in_millis()
    return FUNCTION.dispatch(event, Invocation(_id_in_journal(context), deadline))


def _id_in_journal(context: LambdaContext) -> str:
    """Return the id that the consumer's journal has for this invocation; the emulator gives it one of its own."""
    client = getattr(context, "client_context", None)
    return str(client.custom["mapping_request_id"]) if client else context.aws_request_id
