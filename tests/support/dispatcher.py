"""What the dispatcher's tests are built of: records, parcels, and destinations that answer by a script."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Any

from comboio.aws.http import Answer
from comboio.aws.json_api import SQS, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.contract.record import Record
from comboio.invocation import Invocation
from comboio.routing.route import Route
from dispatcher.destinations.destination import NO_BOUND
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Parcel
from dispatcher.stage_reporter import ReloadResult

NOW = 1_795_359_600_000
TRANSIENT = Fault(FaultKind.TRANSIENT, "no luck")
THROTTLED = Fault(FaultKind.THROTTLED, "slow down")
EXCUSED = Fault(FaultKind.EXCUSED, "down")
PERMANENT = Fault(FaultKind.PERMANENT, "never")


class MemoryReporter:
    """A Reporter that keeps what is reported."""

    def __init__(self) -> None:
        self.invocations: list[Invocation] = []
        self.batches: list[BatchReport] = []
        self.warnings: list[str] = []
        self.drains: list[DrainReport] = []
        self.tables: list[tuple[ReloadResult, str]] = []

    def invocation(self, invocation: Invocation) -> None:
        """See Reporter."""
        self.invocations.append(invocation)

    def batch(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """See Reporter."""
        self.batches.append(report)

    def drained(self, report: DrainReport) -> None:
        """See Reporter."""
        self.drains.append(report)

    def warning(self, message: str, facts: Mapping[str, object]) -> None:
        """See Reporter."""
        self.warnings.append(message)

    def table(self, result: ReloadResult, sentence: str) -> None:
        """See Reporter."""
        self.tables.append((result, sentence))


def payload(codigo: int = 300, event_id: str = "01J", **more: Any) -> bytes:
    """Return a payload that keeps the contract."""
    fields = {"event_id": event_id, "codigo": codigo, "truck_id": "T-1", "occurred_at": "2026-11-22T15:00:00Z"}
    return json.dumps({**fields, **more}).encode()


def raw(offset: int, value: bytes | None = None, key: bytes | None = b"300:T-1", **changed: Any) -> dict[str, Any]:
    """One record of an event; `partition` 0 of topic t unless changed."""
    text = base64.b64encode(payload() if value is None else value).decode()
    fields = {"topic": "t", "partition": 0, "offset": offset, "timestamp": NOW - 1_000, "value": text, "headers": []}
    return {**fields, "key": None if key is None else base64.b64encode(key).decode(), **changed}


def event(*records: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping's event of these records."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in records:
        groups.setdefault(f"{entry['topic']}-{entry['partition']}", []).append(entry)
    return {"eventSource": "aws:kafka", "records": groups}


def record(offset: int, value: bytes | None = b"{}", key: bytes | None = None, headers: Any = ()) -> Record:
    """One record of partition 0 of topic t."""
    return Record("", "t-0", "t", 0, offset, NOW - 1_000, key, value, list(headers))


def route(name: str = "r", to: Sequence[str] = ("a",), **options: Any) -> Route:
    """Return a route."""
    return Route(name=name, to=tuple(to), **options)


def parcel(offset: int, way: Route | None = None, value: bytes = b"{}", token: int | None = None) -> Parcel:
    """One admitted record."""
    return Parcel(record(offset, value, b"k%d" % (token or 0)), f"c-{offset}", way or route(), f"e-{offset}", token)


def entry(offset: int, lane: int | None = None, priority: int = 0, size: int = 1) -> Entry:
    """Return an entry of one parcel."""
    return Entry((parcel(offset),), "", size, lane, priority)


class InlineExecutor(Executor):
    """Does it at once, in the same thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
        """Do it for each at once; an error comes where its result would."""
        done = [_Done(fn, arguments) for arguments in zip(*iterables, strict=False)]
        return (each.result() for each in done)


class _Done:
    """What a call came to: a future without its locks."""

    def __init__(self, fn: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._error: Exception | None = None
        try:
            self._result = fn(*arguments)
        except Exception as error:
            self._error = error

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._result


class Downstream:
    """A destination that answers as `verdict` says of each record's offset; remembers its calls."""

    def __init__(
        self,
        name: str = "a",
        verdict: Callable[[int], Fault | None] = lambda offset: None,
        max_entries: int = 10,
        max_bytes: int = 100_000,
        concurrency: int = 2,
    ) -> None:
        self.name, self.verdict = name, verdict
        self.max_entries, self.max_bytes, self.max_entry_bytes = max_entries, max_bytes, max_bytes
        self.concurrency = concurrency
        self.calls: list[list[int]] = []
        self.taken: list[int] = []

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        return Encoded("", sum(len(parcel.record.value or b"") for parcel in parcels))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        offsets = [[parcel.record.offset for parcel in entry.parcels] for entry in entries]
        self.calls.append([offset for together in offsets for offset in together])
        faults = []
        for together in offsets:
            found = [fault for offset in together if (fault := self.verdict(offset)) is not None]
            faults.append(found[0] if found else None)
            if not found:
                self.taken += together
        return faults


class FakeQueue:
    """SQS as the HTTP side of it: takes batches whole, unless `answer` says otherwise of a call's entries."""

    host = "sqs.us-east-1.amazonaws.com"

    def __init__(self, answer: Callable[[list[dict[str, Any]]], Answer | None] = lambda entries: None) -> None:
        self.answer = answer
        self.calls: list[dict[str, Any]] = []
        self.kept: list[dict[str, Any]] = []

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        request = json.loads(body)
        self.calls.append(request)
        entries = request["Entries"]
        answer = self.answer(entries) or taken(entries)
        if answer.status == 200 and answer.body.startswith(b'{"Successful"'):
            done = {kept["Id"] for kept in json.loads(answer.body)["Successful"] or ()}
            self.kept += [entry for entry in entries if entry["Id"] in done]
        return answer

    @property
    def api(self) -> JsonApi:
        """The client that calls it."""
        return JsonApi(SQS, "us-east-1", lambda: Credentials("A", "s"), self, sleep=lambda _: None)


def taken(entries: Sequence[Mapping[str, Any]], failed: Sequence[Mapping[str, Any]] = ()) -> Answer:
    """SendMessageBatch's answer: `failed`, and all the others taken."""
    lost = {failure["Id"] for failure in failed}
    done = [{"Id": entry["Id"], "MessageId": "m"} for entry in entries if entry["Id"] not in lost]
    return Answer(200, json.dumps({"Successful": done, "Failed": list(failed)}).encode())
