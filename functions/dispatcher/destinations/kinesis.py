"""Amazon Kinesis Data Streams, by PutRecords."""

import json
from base64 import b64encode
from collections.abc import Sequence

from pydantic import Field

from comboio.aws.json_api import KINESIS, THROTTLES, AwsError, JsonApi
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.identity import group_name, quoted
from dispatcher.destinations.options import PackOptions, read
from dispatcher.destinations.packing import entry_body
from dispatcher.destinations.positional import faults
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A message arrives at least once; consumers tell duplicates by `id`. A key always goes to the same shard, and one "
    "call never has two entries of a key, as PutRecords keeps no order within a call when a record fails."
)
"""What a user of the routing table may rely on."""

LIMITS = (
    "A call has at most 500 records and 10 MiB, counting data before base64 and partition keys; a record is at most "
    "as large as the stream's MaxRecordSizeInKiB (1 MiB unless changed)."
)
"""Of a call and of an entry. Source: Kinesis API, PutRecords."""

MAX_BYTES = 10_485_760
CALL = "kinesis PutRecords"


class KinesisOptions(PackOptions):
    """Options of `kinesis`."""

    max_record_kib: int = Field(1024, ge=1, le=10_240, description="The stream's MaxRecordSizeInKiB.")


class KinesisStream:
    """One stream; a record's data is a message with its ids, or a pack."""

    max_entries = 500
    max_bytes = MAX_BYTES

    def __init__(self, name: str, target: str, api: JsonApi, options: KinesisOptions) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._compression = options.compression
        self.max_entry_bytes = min(options.max_record_kib * 1024, MAX_BYTES)
        member = "StreamARN" if target.startswith("arn:") else "StreamName"
        self._prefix = f'{{"{member}":{json.dumps(target)},"Records":['
        self._api = api

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination."""
        data, key = entry_body(parcels, self._compression).encode(), group_name(parcels)
        wire = f'{{"Data":"{b64encode(data).decode()}","PartitionKey":{quoted(key)}}}'
        return Encoded(wire, len(data) + len(key))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        body = f"{self._prefix}{','.join(entry.wire for entry in entries)}]}}".encode()
        try:
            answer = self._api.call("PutRecords", body, tries=1, timeout_s=timeout_s)
        except AwsError as error:
            return [fault_of(error, frozenset())] * len(entries)
        return faults(CALL, len(entries), answer.get("Records"), "SequenceNumber", _kind)


def _kind(code: str) -> FaultKind:
    return FaultKind.THROTTLED if code in THROTTLES else FaultKind.TRANSIENT


def stream(name: str, spec: DestinationSpec, clients: Clients) -> KinesisStream:
    """Make the destination of `type = "kinesis"`; `target` is the stream's name or ARN."""
    if not spec.target:
        raise ValueError("target: it must be the name or the ARN of a stream")
    return KinesisStream(name, spec.target, clients(KINESIS), read(KinesisOptions, spec))
