"""What the demo puts between the handler and the services: throttling, counting, and a crash before a settlement."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from comboio.aws.begun import Begun
from comboio.aws.http import Answer, Begins, Http, UnreachableError
from comboio.errors import ServiceError
from comboio.invocation import Invocation
from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import Ranges
from comboio.ledger.store import LeaseInfo, LedgerStore, WaitForClaims, WaitForSettlements
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.report import BatchReport
from dispatcher.observe.reporter import Reporter
from dispatcher.parcel import Parcel
from dispatcher.stage_reporter import ReloadResult

THROTTLED = Answer(400, b'{"__type":"com.amazonaws.sqs#RequestThrottled","message":"on purpose"}')
"""What SQS answers when it throttles."""


class Throttling:
    """Answers for a queue as SQS does when it throttles, while a file exists."""

    def __init__(self, http: Http, queue_url: str, flag: Path) -> None:
        self.host = http.host
        self._http = http
        self._queue = json.dumps(queue_url).encode()
        self._flag = flag

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        if self._throttles(body):
            return THROTTLED
        return self._http.post(headers, body, timeout_s)

    def begin(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Begun | None:
        """See Begins."""
        return None if self._throttles(body) else _begun(self._http, headers, body, timeout_s)

    def _throttles(self, body: bytes) -> bool:
        return self._flag.exists() and self._queue in body[:300]


class Telling:
    """Tells when a request had no answer: whether it was carried out is not known, so it may come twice."""

    def __init__(self, http: Http, unanswered: Callable[[], None]) -> None:
        self.host = http.host
        self._http = http
        self._unanswered = unanswered

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        try:
            return self._http.post(headers, body, timeout_s)
        except UnreachableError:
            self._unanswered()
            raise

    def begin(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Begun | None:
        """See Begins."""
        begun = _begun(self._http, headers, body, timeout_s)
        if begun is not None:
            failed = begun.failed

            def told(error: Exception) -> ServiceError:
                self._unanswered()
                return failed(error)

            begun.failed = told
        return begun


def _begun(http: Http, headers: dict[str, str], body: bytes, timeout_s: float | None) -> Begun | None:
    return http.begin(headers, body, timeout_s) if isinstance(http, Begins) else None


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
    """A ledger store that ends the invocation like a crash of the process, before it settles."""

    def __init__(self, store: LedgerStore) -> None:
        self.armed = False
        self._store = store

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        """See LedgerStore."""
        return self._store.claim(partition, owner, now, until, offsets, within_s=within_s)

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        """See LedgerStore."""
        if self.armed:
            raise _crash()
        return self._store.settle(partition, owner, ledger, lease_until, within_s=within_s)

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:
        """See LedgerStore."""
        self._store.release(partition, owner, within_s=within_s)

    def begin_claims(
        self, deliveries: Mapping[str, Ranges], owner: str, now: int, until: int, *, within_s: float = 10.0
    ) -> WaitForClaims:
        """See LedgerStore."""
        return self._store.begin_claims(deliveries, owner, now, until, within_s=within_s)

    def begin_settlements(
        self, ledgers: Mapping[str, Ledger], owner: str, lease_until: int, *, within_s: float = 10.0
    ) -> WaitForSettlements:
        """See LedgerStore."""
        if self.armed:
            raise _crash()
        return self._store.begin_settlements(ledgers, owner, lease_until, within_s=within_s)

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """See LedgerStore."""
        return self._store.peek(partition, now)


def _crash() -> SystemExit:
    return SystemExit("a crash on purpose: after the sends, before the settlement")


class BatchCounting:
    """A reporter that counts batches, of Kafka or of the hold queue, and passes everything else on."""

    def __init__(
        self,
        reporter: Reporter,
        count: Callable[[BatchReport, Sequence[Parcel]], None] = lambda _report, _parcels: None,
        count_drained: Callable[[DrainReport], None] = lambda _report: None,
    ) -> None:
        self._reporter = reporter
        self._count = count
        self._count_drained = count_drained

    def invocation(self, invocation: Invocation) -> None:
        """See Reporter."""
        self._reporter.invocation(invocation)

    def drained(self, report: DrainReport) -> None:
        """See Reporter."""
        self._count_drained(report)
        self._reporter.drained(report)

    def batch(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """See Reporter."""
        self._count(report, parcels)

    def warning(self, message: str, facts: Mapping[str, object]) -> None:
        """See Reporter."""
        self._reporter.warning(message, facts)

    def table(self, result: ReloadResult, sentence: str) -> None:
        """See Reporter."""
        self._reporter.table(result, sentence)
