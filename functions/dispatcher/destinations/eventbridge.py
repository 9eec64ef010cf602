"""Amazon EventBridge, by PutEvents."""

import json
from collections.abc import Sequence

from pydantic import Field

from comboio.aws.json_api import EVENTBRIDGE, THROTTLES, AwsError, JsonApi
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.options import PackOptions, read
from dispatcher.destinations.packing import entry_body
from dispatcher.destinations.positional import faults
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from dispatcher.trace_context import xray_header

GUARANTEE = (
    "A message arrives at least once, in no order. The detail is a message with its ids, or a pack; the X-Ray trace "
    "header is the message's `traceparent`. A rule matches on `detail.message`."
)
"""What a user of the routing table may rely on."""

LIMITS = (
    "A call has at most 10 entries, and less than 1 MB in total: the UTF-8 bytes of source, detail type and detail."
)
"""Of a call and of an entry. Source: EventBridge API, PutEvents."""

MAX_BYTES = 999_999
CALL = "events PutEvents"
PERMANENT = frozenset({"MalformedDetail"})
"""Of an entry (EventBridge user guide, "Handling failures with PutEvents"); others are about the bus."""


class EventBridgeOptions(PackOptions):
    """Options of `eventbridge`."""

    source: str = Field("comboio", pattern=r"^[!-~]{1,256}$", description="The events' source; not aws.*.")
    detail_type: str = Field("telemetry", pattern=r"^[ -~]{1,128}$", description="The events' detail type.")


class EventBus:
    """One event bus."""

    max_entries = 10
    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, bus: str, api: JsonApi, options: EventBridgeOptions) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._compression = options.compression
        kind = {"EventBusName": bus, "Source": options.source, "DetailType": options.detail_type}
        self._prefix = json.dumps(kind, separators=(",", ":"))[:-1]
        self._own_bytes = len(options.source) + len(options.detail_type)
        self._api = api

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination."""
        detail = entry_body(parcels, self._compression)
        trace = xray_header(parcels[0].traceparent) if len(parcels) == 1 else None
        header = f',"TraceHeader":"{trace}"' if trace else ""
        wire = f'{self._prefix}{header},"Detail":{json.dumps(detail)}}}'
        return Encoded(wire, self._own_bytes + len(detail.encode()))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        body = f'{{"Entries":[{",".join(entry.wire for entry in entries)}]}}'.encode()
        try:
            answer = self._api.call("PutEvents", body, tries=1, timeout_s=timeout_s)
        except AwsError as error:
            return [fault_of(error, PERMANENT)] * len(entries)
        return faults(CALL, len(entries), answer.get("Entries"), "EventId", _kind)


def _kind(code: str) -> FaultKind:
    if code in PERMANENT:
        return FaultKind.PERMANENT
    return FaultKind.THROTTLED if code in THROTTLES else FaultKind.TRANSIENT


def bus(name: str, spec: DestinationSpec, clients: Clients) -> EventBus:
    """Make the destination of `type = "eventbridge"`; `target` is the bus's name or ARN."""
    if not spec.target:
        raise ValueError("target: it must be the name or the ARN of an event bus (the account's own is called default)")
    options = read(EventBridgeOptions, spec)
    if options.source.startswith("aws."):
        raise ValueError("source: sources that begin with aws. are reserved for AWS. Choose another")
    return EventBus(name, spec.target, clients(EVENTBRIDGE), options)
