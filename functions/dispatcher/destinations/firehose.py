"""Amazon Data Firehose, by PutRecordBatch."""

import json
from base64 import b64encode
from collections.abc import Sequence

from comboio.aws.json_api import FIREHOSE, THROTTLES, AwsError, JsonApi
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.packing import message_json
from dispatcher.destinations.positional import faults
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A message arrives at least once, in no order. What arrives is a line of JSON for each message, also where the "
    "route packs (a record then has many lines; Firehose bills each record as 5 KB at least)."
)
"""What a user of the routing table may rely on."""

LIMITS = "A call has at most 500 records and 4 MB, a record at most 1,000 KB, before base64."
"""Of a call and of an entry. Source: Firehose API, PutRecordBatch."""

CALL = "firehose PutRecordBatch"
BUSY = "ServiceUnavailableException"
"""Firehose's word for a stream over its throughput."""

ONE_LINE = str.maketrans("\r\n", "  ")
"""A line break in JSON is white space: within a string it would be escaped."""


class FirehoseStream:
    """One delivery stream."""

    max_entries = 500
    max_bytes = 4_000_000
    max_entry_bytes = 1_000_000

    def __init__(self, name: str, stream_name: str, api: JsonApi, options: Options) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._prefix = f'{{"DeliveryStreamName":{json.dumps(stream_name)},"Records":['
        self._api = api

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination."""
        data = "".join(f"{message_json(parcel).translate(ONE_LINE)}\n" for parcel in parcels).encode()
        return Encoded(f'{{"Data":"{b64encode(data).decode()}"}}', len(data))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        body = f"{self._prefix}{','.join(entry.wire for entry in entries)}]}}".encode()
        try:
            answer = self._api.call("PutRecordBatch", body, tries=1, timeout_s=timeout_s)
        except AwsError as error:
            busy = Fault(FaultKind.THROTTLED, str(error)) if error.code == BUSY else fault_of(error, frozenset())
            return [busy] * len(entries)
        return faults(CALL, len(entries), answer.get("RequestResponses"), "RecordId", _kind)


def _kind(code: str) -> FaultKind:
    return FaultKind.THROTTLED if code == BUSY or code in THROTTLES else FaultKind.TRANSIENT


def stream(name: str, spec: DestinationSpec, clients: Clients) -> FirehoseStream:
    """Make the destination of `type = "firehose"`; `target` is the delivery stream's name."""
    if not spec.target or spec.target.startswith("arn:"):
        raise ValueError(f"target: it must be the name of a Firehose stream, not {spec.shown()}")
    return FirehoseStream(name, spec.target, clients(FIREHOSE), read(Options, spec))
