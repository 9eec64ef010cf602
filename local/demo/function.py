"""The deployed handler, with the demo's faults put between it and the services; a consumer's process runs it.

Environment: DEMO_NAME (whose files to write), DEMO_CRASHES ("yes": crashes when told to, after the sends of a batch and
before it is settled).
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from comboio.aws.credentials import CredentialSource
from comboio.aws.http import Answer, Http, KeptConnections
from comboio.aws.json_api import DYNAMODB, SQS, JsonApi, Service, endpoint
from comboio.invocation import Invocation, LambdaContext
from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import Ranges
from comboio.ledger.store import LeaseInfo, LedgerStore
from dispatcher.observe.report import BatchReport
from dispatcher.observe.reporter import Reporter
from dispatcher.parcel import Outcome, Parcel
from dispatcher.response import Response
from dispatcher.stage_reporter import ReloadResult
from dispatcher.wiring import build
from local.demo.paths import Paths

THROTTLED = Answer(400, b'{"__type":"com.amazonaws.sqs#RequestThrottled","message":"on purpose"}')


class Throttling:
    """Answers for a queue as SQS does when it throttles, while a file is there."""

    def __init__(self, http: Http, queue_url: str, flag: Path) -> None:
        self.host = http.host
        self._http = http
        self._queue = json.dumps(queue_url).encode()
        self._flag = flag

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        if self._flag.exists() and self._queue in body[:300]:
            return THROTTLED
        return self._http.post(headers, body, timeout_s)


class Counting:
    """Counts the requests that go over the wire."""

    def __init__(self, http: Http) -> None:
        self.host = http.host
        self.requests = 0
        self._http = http

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        self.requests += 1
        return self._http.post(headers, body, timeout_s)


class Crashing:
    """A ledger store under which the process ends, as far as the dispatcher can tell, when it comes to settle."""

    def __init__(self, store: LedgerStore) -> None:
        self.armed = False
        self._store = store

    def claim(self, partition: str, owner: str, now: int, until: int, brought: Ranges) -> Ledger | None:
        """See LedgerStore."""
        return self._store.claim(partition, owner, now, until, brought)

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int) -> bool:
        """See LedgerStore."""
        if self.armed:
            raise SystemExit("a crash on purpose: after the sends, before the settlement")
        return self._store.settle(partition, owner, ledger, lease_until)

    def release(self, partition: str, owner: str) -> None:
        """See LedgerStore."""
        self._store.release(partition, owner)

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """See LedgerStore."""
        return self._store.peek(partition, now)


class BatchCounting:
    """A reporter that passes on everything but batches, which it counts."""

    def __init__(self, reporter: Reporter, count: Callable[[BatchReport, Sequence[Parcel]], None]) -> None:
        self._reporter = reporter
        self._count = count

    def invocation(self, invocation: Invocation) -> None:
        """See Reporter."""
        self._reporter.invocation(invocation)

    def batch(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """See Reporter."""
        self._count(report, parcels)

    def warning(self, message: str, facts: Mapping[str, object]) -> None:
        """See Reporter."""
        self._reporter.warning(message, facts)

    def table(self, result: ReloadResult, sentence: str) -> None:
        """See Reporter."""
        self._reporter.table(result, sentence)


class DemoFunction:
    """Counts its batches, crashes in one if it is told to, and writes down what each came to."""

    def __init__(self, environ: Mapping[str, str], paths: Paths) -> None:
        self._paths = paths
        self._crashes = environ.get("DEMO_CRASHES") == "yes"
        self._file = paths.batches(environ["DEMO_NAME"]).open("a", encoding="utf-8")
        self._store: Crashing | None = None
        self._ledger: Counting | None = None
        self._counted = 0
        self._function = build(environ, connect=self._connect, wrap_store=self._keep, wrap_reporter=self._counting)

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        """One invocation."""
        if self._store is not None and self._worth_a_crash(event):
            self._store.armed = True
            self._paths.crash.unlink()
            with self._paths.crashes.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"id": invocation.owner}) + "\n")
        try:
            return self._function.dispatcher.dispatch(event, invocation)
        finally:
            if self._store is not None:
                self._store.armed = False

    def _worth_a_crash(self, event: Mapping[str, Any]) -> bool:
        """It was asked for, and the batch has some hundreds of records."""
        asked = self._crashes and self._paths.crash.exists()
        return asked and sum(map(len, event["records"].values())) > 200

    def _connect(
        self, service: Service, environ: Mapping[str, str], credentials: CredentialSource, timeout_s: float
    ) -> JsonApi:
        region = environ["AWS_DEFAULT_REGION"]
        http: Http = KeptConnections(endpoint(service, region, environ), timeout_s)
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

    def _new_ledger_writes(self) -> int:
        """Writes since the last batch that came to its end; a crashed one's count with the next."""
        made = self._ledger.requests if self._ledger else 0
        new, self._counted = made - self._counted, made
        return new

    def _count(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
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
            "ledger_writes": self._new_ledger_writes(),
            "calls": sum(report.calls.values()),
            "took_ms": round(report.took_ms, 1),
            "latency_ms": round(ages[len(ages) // 2]) if ages else None,
        }
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._file.flush()


FUNCTION = DemoFunction(os.environ, Paths())


def handler(event: Mapping[str, Any], context: LambdaContext) -> Response:
    """The function that the demo's consumers invoke."""
    deadline = time.time_ns() // 1_000_000 + context.get_remaining_time_in_millis()
    return FUNCTION.dispatch(event, Invocation(context.aws_request_id, deadline))
