"""Amazon S3: JSON Lines in gzip, an object for each call and folder, for tables that Athena and others read."""

import gzip
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from time import monotonic
from urllib.parse import quote

from pydantic import Field

from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.identity import pack_id
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.packing import message_json
from dispatcher.destinations.payload.text import moment_of
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A message is in an object at least once, in no order across objects. An object that is written again has the same "
    "name if it has the same messages; after a crash a message may be in two objects, with the same `id`."
)
"""What a user of the routing table may rely on."""

LIMITS = "An object has at most `max_messages` messages and `max_kib` before compression."
"""Of a call and of an entry."""

ONE_LINE = {ord("\n"): " ", ord("\r"): " "}
"""Line ends outside a JSON text are only white space, and inside one they are escaped."""

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
THROTTLED = frozenset({"SlowDown", "ServiceUnavailable", "RequestLimitExceeded", "503"})

_NO_TIME = Fault(FaultKind.HELD, "s3 PutObject: the objects before it took the time of the batch")
"""Where records are of thousands of hours, as after a rewind: what is written counts, the rest goes on from there."""

PutObject = Callable[..., object]
"""Writes an object, as the client of boto3 does."""


class S3Options(Options):
    """Options of `s3`."""

    prefix: str = Field(
        "", pattern=r"^[A-Za-z0-9!_.*'()/=-]{0,200}$", description="What the names of objects begin with."
    )
    max_messages: int = Field(10_000, ge=1, le=10_000, description="Maximum messages of an object.")
    max_kib: int = Field(8_192, ge=64, le=65_536, description="Maximum size of an object before compression, in KiB.")


class Bucket:
    """One bucket; objects are `PREFIX/topic=T/date=YYYY-MM-DD/hour=HH/ID.jsonl.gz`, by Kafka's timestamp in UTC."""

    def __init__(
        self,
        name: str,
        bucket: str,
        put_object: PutObject,
        options: S3Options,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self.max_entries = options.max_messages
        self.max_bytes = self.max_entry_bytes = options.max_kib * 1024
        self._bucket = bucket
        self._put_object = put_object
        self._clock = clock
        self._prefix = f"{options.prefix.strip('/')}/" if options.prefix.strip("/") else ""

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination: a line for each message, whether the route packs or not."""
        text = "".join(f"{message_json(parcel).translate(ONE_LINE)}\n" for parcel in parcels)
        return Encoded(text, len(text.encode()))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination; folders whose object might come too late wait. The client keeps to its own timeouts."""
        ends, longest_s = self._clock() + timeout_s, 0.0
        folders: dict[str, list[int]] = defaultdict(list)
        for place, entry in enumerate(entries):
            folders[_folder(entry.parcels[0])].append(place)
        faults: list[Fault | None] = [None] * len(entries)
        for folder, places in folders.items():
            began = self._clock()
            in_time = began + longest_s < ends
            fault = self._put(folder, [entries[place] for place in places]) if in_time else _NO_TIME
            longest_s = max(longest_s, self._clock() - began)
            for place in places:
                faults[place] = fault
        return faults

    def _put(self, folder: str, entries: Sequence[Entry]) -> Fault | None:
        lines = "".join(entry.wire for entry in entries).encode()
        name = pack_id([parcel for entry in entries for parcel in entry.parcels])
        try:
            self._put_object(
                Bucket=self._bucket,
                Key=f"{self._prefix}{folder}/{name}.jsonl.gz",
                Body=gzip.compress(lines, compresslevel=1, mtime=0),
                ContentType="application/x-ndjson",
                ContentEncoding="gzip",
            )
        except Exception as error:
            return _fault(error)
        return None


def _fault(error: Exception) -> Fault:
    """Return what the client's exception means: no message is to blame for any of them."""
    response = getattr(error, "response", None)
    code = str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
    kind = FaultKind.THROTTLED if code in THROTTLED else FaultKind.TRANSIENT
    return Fault(kind, f"s3 PutObject: {code or type(error).__name__}")


def _folder(parcel: Parcel) -> str:
    moment = moment_of(parcel.record.timestamp)
    return f"topic={quote(parcel.record.topic, safe='')}/date={moment:%Y-%m-%d}/hour={moment:%H}"


def bucket(name: str, spec: DestinationSpec, clients: Clients) -> Bucket:
    """Make the destination of `type = "s3"`; `target` is the bucket's name. It is called by boto3."""
    del clients
    if not BUCKET.fullmatch(spec.target):
        raise ValueError(f"target: it must be the name of a bucket, not {spec.shown()}")
    options = read(S3Options, spec)
    import boto3  # only where a table has such a destination: it is most of a cold start
    from botocore.config import Config

    quick = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1, "mode": "standard"})
    return Bucket(name, spec.target, boto3.client("s3", config=quick).put_object, options)
