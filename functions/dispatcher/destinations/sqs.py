"""Amazon SQS, standard and FIFO queues, by SendMessageBatch."""

from collections.abc import Callable, Sequence

from pydantic import Field

from comboio.aws.begun import Begun
from comboio.aws.json_api import SQS, THROTTLES, AwsError, JsonApi
from comboio.aws.sqs import MAX_BYTES, MAX_ENTRIES, EntryFailure, QueueCalls, sized_message
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.identity import deduplication_id, fifo_text, group_name, pack_id, quoted
from dispatcher.destinations.options import PackOptions, read
from dispatcher.destinations.packing import packed_body
from dispatcher.destinations.payload.text import attributes, field_text, plain_text
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A standard queue takes a message at least once. A FIFO queue keeps the order of a key, and drops what it was "
    "sent again within 5 minutes: also what a crash made the dispatcher send twice, if unpacked."
)
"""What a user of the routing table may rely on."""

LIMITS = "A call has at most 10 entries and 1 MiB; an attribute counts with its name, type and value."
"""Of a call and of an entry. Source: SQS quotas."""

PERMANENT = frozenset({"InvalidMessageContents", "BatchRequestTooLong", "BatchEntryIdsNotDistinct", "MessageTooLong"})
PERMANENT_ENTRY = PERMANENT | {"InvalidParameterValue", "InvalidAttributeValue"}
"""In an entry's own failure a wrong value is its message; of a whole call it may as well be the queue."""


_BEGUN_BYTES = 65_536
"""Larger calls are left to threads: a socket may not take them at once, and they encrypt without Python's lock."""


class SqsOptions(PackOptions):
    """A call of 10 small messages is mostly waiting: 32 at a time gave 1.3 times the rate of 16 at 5 ms a call."""

    group: str = Field(
        "",
        description="Of a standard queue: the field by which it is fair (SQS fair queues), such as `value.truck_id`, "
        "`header.tenant` or `key`. No group with much traffic then delays the others.",
    )
    concurrency: int = Field(32, ge=1, le=64, description="Maximum calls in flight.")


class SqsQueue:
    """One queue; each message carries `deduplication_id`, `correlation_id` and `traceparent` as attributes."""

    max_entries = MAX_ENTRIES
    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, queue_url: str, api: JsonApi, *, ordered: bool, options: SqsOptions) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._compression = options.compression
        self._tenant = field_text(options.group) if options.group else None
        self._calls = QueueCalls(queue_url, api)
        self._ordered = ordered

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """Return the entry as QueueCalls.send takes it, and its size."""
        first = parcels[0]
        if first.route is None or first.route.pack == 1:
            body, identity = plain_text(first), first.record.id
        else:
            body, identity = packed_body(parcels, self._compression), pack_id(parcels)
        wire, size = sized_message(body, attributes(parcels, identity))
        if self._ordered:
            group, once = quoted(group_name(parcels)), quoted(deduplication_id(parcels))
            order = f'"MessageGroupId":{group},"MessageDeduplicationId":{once}'
            wire = f"{order},{wire}"
        elif self._tenant is not None and (tenant := self._tenant(first)):
            wire = f'"MessageGroupId":{quoted(fifo_text(tenant))},{wire}'
        return Encoded(wire, size)

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        wires = [entry.wire for entry in entries]
        return _faults(lambda: self._calls.send(wires, tries=1, timeout_s=timeout_s), len(entries))

    def begin(self, entries: Sequence[Entry], timeout_s: float) -> Begun | None:
        """See BeginsCalls."""
        if sum([entry.size for entry in entries]) > _BEGUN_BYTES:
            return None
        return self._calls.begin([entry.wire for entry in entries], timeout_s)

    def finish(self, begun: Begun, entries: int) -> list[Fault | None]:
        """See BeginsCalls."""
        return _faults(lambda: self._calls.finish(begun, entries), entries)


def _faults(call: Callable[[], list[EntryFailure | None]], entries: int) -> list[Fault | None]:
    try:
        failures = call()
    except AwsError as error:
        return [fault_of(error, PERMANENT)] * entries
    return [None if failure is None else _fault(failure) for failure in failures]


def _fault(failure: EntryFailure) -> Fault:
    """Return what an entry's own failure means."""
    code = failure.code
    error = f"sqs SendMessageBatch: {code} {failure.message}"
    if code in THROTTLES:
        return Fault(FaultKind.THROTTLED, error)
    permanent = failure.senders_fault and code in PERMANENT_ENTRY  # not a key or a permission that is missing
    return Fault(FaultKind.PERMANENT if permanent else FaultKind.TRANSIENT, error)


def standard(name: str, spec: DestinationSpec, clients: Clients) -> SqsQueue:
    """Make the destination of `type = "sqs"`; `target` is the queue's URL."""
    if spec.target.endswith(".fifo"):
        raise ValueError(f'target: {spec.shown()} is a FIFO queue. Write type = "sqs_fifo"')
    return _queue(name, spec, clients, ordered=False)


def fifo(name: str, spec: DestinationSpec, clients: Clients) -> SqsQueue:
    """Make the destination of `type = "sqs_fifo"`; `target` is the queue's URL."""
    if not spec.target.endswith(".fifo"):
        raise ValueError(f"target: the URL of a FIFO queue ends with .fifo, and this is {spec.shown()}")
    return _queue(name, spec, clients, ordered=True)


def _queue(name: str, spec: DestinationSpec, clients: Clients, *, ordered: bool) -> SqsQueue:
    if not spec.target:
        raise ValueError("target: it must be the URL of a queue")
    options = read(SqsOptions, spec)
    if ordered and options.group:
        raise ValueError("group: a FIFO queue groups by the keys of the records. Leave it out")
    return SqsQueue(name, spec.target, clients(SQS), ordered=ordered, options=options)
