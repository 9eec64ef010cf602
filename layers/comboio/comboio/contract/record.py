"""A Kafka record as an event source mapping delivers it."""

from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from msgspec import Struct

from comboio.contract.cluster import cluster_id, cluster_of, is_cluster
from comboio.contract.event_json import RawRecord, Source
from comboio.contract.kafka_types import is_offset, is_partition, is_timestamp, is_topic
from comboio.errors import InvalidDataError

SOURCES = get_args(Source)


class MalformedEventError(InvalidDataError):
    """The event is not a batch of Kafka records, so that its records cannot be answered for one by one."""


class MalformedRecordError(InvalidDataError):
    """One record of an event has no usable identity; the text says what is wrong with it."""


class Partition(NamedTuple):
    """A partition as a mapping names it (`<topic>-<number>`), and the two parts of the name."""

    name: str
    topic: str
    number: int


class Record(Struct, gc=False, eq=False):
    """One record; its identity is (cluster, topic, partition, offset, timestamp).

    The timestamp belongs to it because a topic that is deleted and recreated counts its offsets from 0 again.
    `cluster` is the whole name of the cluster (see `cluster_of`), `source` the mapping's own name of the partition
    ("<topic>-<n>"), `timestamp` milliseconds since 1970, `flaw` what could not be decoded (the raw text then stands in
    for the bytes), if anything.
    """

    cluster: str
    source: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    raw_headers: list[dict[str, list[int]]]
    flaw: str | None = None
    _id: str = ""

    def __repr__(self) -> str:
        """Say which record it is; what it says stands in no log."""
        return f"Record({self.position})"

    @property
    def position(self) -> str:
        """Where the record stands, for people: `mt-c400-3:1042`."""
        return f"{self.source}:{self.offset}"

    @property
    def partition_name(self) -> str:
        """Its partition's name in the ledger: `3f9a1c2b7d/mt-c400-3`."""
        return f"{cluster_id(self.cluster)}/{self.source}"

    @property
    def id(self) -> str:
        """The identity as text, the same in every redelivery: `3f9a1c2b7d/mt-c400-3:1042@1764080000000`.

        It needs no escaping in JSON: a record is made only of names and numbers that keep Kafka's rules.
        """
        if not self._id:  # made once: a pack asks for it twice, and a batch has thousands
            self._id = f"{cluster_id(self.cluster)}/{self.source}:{self.offset}@{self.timestamp}"
        return self._id

    def header(self, name: str) -> str | None:
        """Return the last header of that name as text, as Kafka's own `lastHeader`; None if absent or not text."""
        for header in reversed(self.raw_headers):
            try:
                if name in header:
                    return octets(header[name]).decode()
            except (TypeError, ValueError):
                return None
        return None

    def headers(self) -> list[tuple[str, bytes]]:
        """Return all headers in order, repeats too; one whose bytes make no sense is kept as empty."""
        pairs = []
        for header in self.raw_headers:
            for name, signed in header.items() if isinstance(header, dict) else ():
                try:
                    pairs.append((name, bytes(octets(signed))))
                except (TypeError, ValueError):
                    pairs.append((name, b""))
        return pairs


def octets(signed: list[int]) -> bytearray:
    """Return header bytes: Java's are signed, so 0xC3 arrives as -61; some emulators send 195.

    Raises:
        TypeError, ValueError: not a list of bytes.
    """
    if not isinstance(signed, list):
        raise TypeError(f"header bytes are a list, not {type(signed).__name__}")  # bytes(9) would be nine zeros
    try:
        return bytearray(signed)  # all ASCII, as nearly always; `bytes` takes twice as long for it
    except ValueError:
        return bytearray(byte + 256 if -128 <= byte < 0 else byte for byte in signed)


def partitions(event: Mapping[str, Any]) -> Iterator[tuple[str, list[Record]]]:
    """Read a batch partition by partition: the mapping's name of it, and its records in offset order.

    Raises:
        MalformedEventError: not a Kafka event, or a record whose identity is missing or impossible.
    """
    if not isinstance(event, Mapping):
        raise MalformedEventError(
            f"This function takes batches of Kafka records, and was invoked with a {type(event).__name__}. "
            "Check what invokes it; events/ has examples to invoke it by hand."
        )
    source = event.get("eventSource")
    groups = event.get("records")
    if source not in SOURCES or not isinstance(groups, dict):
        raise MalformedEventError(
            f"This function takes batches of Kafka records (eventSource {' or '.join(SOURCES)}), and was invoked "
            f"with eventSource {str(source)[:100]!r}. Check what invokes it; events/ has examples to invoke it by hand."
        )
    cluster = cluster_of(event)
    if not is_cluster(cluster):
        raise MalformedEventError(
            "The event's eventSourceArn or bootstrapServers is too long, or not ASCII. Check what made the event."
        )
    for name, group in groups.items():
        try:
            partition = partition_of(name)
            records = [record_of(cluster, partition, raw) for raw in group]
        except (MalformedRecordError, TypeError) as error:
            raise MalformedEventError(
                f"A record of {str(name)[:300]!r} has no usable topic, partition or offset ({error}), so the function "
                "cannot answer for it. Check what made the event."
            ) from None
        records.sort(key=_offset)
        yield name, records


def partition_of(name: object) -> Partition:
    """Read a mapping's name of a partition: the topic, a dash, and the number. A topic's own name may have dashes.

    Raises:
        MalformedRecordError: the name is not of this form.
    """
    topic, _, number = name.rpartition("-") if isinstance(name, str) else ("", "", "")
    if not (is_topic(topic) and number.isascii() and number.isdecimal() and len(number) <= 10):
        raise MalformedRecordError("a partition is named <topic>-<number>")
    if str(int(number)) != number or not is_partition(int(number)):
        raise MalformedRecordError("a partition's number is one from 0 to 2^31-1, without leading zeros")
    return Partition(str(name), topic, int(number))


def record_of(cluster: str, partition: Partition, raw: Any) -> Record:
    """Read one record of an event.

    Raises:
        MalformedRecordError: the record has no identity, or another one than its partition's name says.
    """
    flaw = None
    if type(raw) is RawRecord:
        topic, number, offset, timestamp, headers = raw.topic, raw.partition, raw.offset, raw.timestamp, raw.headers
        key, value = raw.key, raw.value
    else:
        try:
            topic, number, offset = raw["topic"], raw["partition"], raw["offset"]
            timestamp, headers = raw.get("timestamp"), raw.get("headers")
            key, value, flaw = _decoded(raw.get("key"), raw.get("value"))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise MalformedRecordError(f"{type(error).__name__} {error}") from None
    if topic != partition.topic or type(number) is not int or number != partition.number:
        raise MalformedRecordError("the record names another topic or partition")
    if not is_offset(offset):
        raise MalformedRecordError("the offset is not a number from 0 to 2^63-1")
    return Record(
        cluster,
        partition.name,
        topic,
        number,
        offset,
        timestamp if is_timestamp(timestamp) else 0,  # which proves nothing
        key,
        value,
        headers if isinstance(headers, list) else [],
        flaw,
    )


def _offset(record: Record) -> int:
    return record.offset


def _decoded(key: object, value: object) -> tuple[bytes | None, bytes | None, str | None]:
    """Return key and value as bytes, and what is wrong with them."""
    key_bytes, key_flaw = _bytes(key, "key")
    value_bytes, value_flaw = _bytes(value, "value")
    return key_bytes, value_bytes, value_flaw or key_flaw


def _bytes(text: Any, name: str) -> tuple[bytes | None, str | None]:
    try:
        return None if text is None else a2b_base64(text, strict_mode=True), None
    except (ValueError, TypeError):
        return _as_it_came(text), f"the {name} is not base64"


def _as_it_came(text: object) -> bytes:
    return str(text).encode("utf-8", "backslashreplace")
