"""A topic of Kafka: each record goes on with its key, its value and its headers."""

import re
from collections.abc import Sequence

from comboio.clocks import Clocks
from comboio.contract.cluster import is_home
from comboio.contract.kafka_types import is_topic
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.kafka.client import KeptClient, connector
from dispatcher.destinations.kafka.connection import KafkaOptions, client_options
from dispatcher.destinations.kafka.delivery import KafkaMessage, deliver
from dispatcher.destinations.kafka.errors import fault_of
from dispatcher.destinations.kafka.headers import carried
from dispatcher.destinations.options import read
from dispatcher.destinations.payload.text import UnsendableError, json_text
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A message is in the topic at least once, on all replicas in sync, with the record's key, value and headers; "
    "receivers tell duplicates by the header `comboio_id`. A key goes to the partition that a Java producer would "
    "choose. What Kafka has not acknowledged at the end of a call may have been written, and is sent again."
)
"""What a user of the routing table may rely on."""

LIMITS = (
    "A call has at most `max_messages` messages, each with an answer of its own, and a message `max_message_kib`, "
    "counted before compression with key and headers; a route's `pack` changes nothing."
)
"""Of a call and of an entry."""

MAX_BYTES = 256 * 1024 * 1024
"""More than a batch ever has: memory is the limit."""

OVERHEAD_BYTES, HEADER_BYTES = 100, 10
"""What Kafka's format adds at the most to a batch of one record, and to a header: lengths, offsets, a checksum."""

QUOTED_VALUE = re.compile(r'value ".*?"')
"""How the client repeats an option's value that it refuses, which may be a secret."""

_CLOUD_EVENT = ("content-type", b"application/cloudevents+json; charset=UTF-8")
"""How Kafka's receivers know a CloudEvent in structured mode (CloudEvents, Kafka Protocol Binding 1.0.2, 3.3)."""


class KafkaTopic:
    """One topic."""

    max_bytes = MAX_BYTES

    def __init__(
        self,
        spec: DestinationSpec,
        name: str,
        client: KeptClient,
        options: KafkaOptions,
        clocks: Clocks = Clocks(),  # noqa: B008 it is frozen
    ) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self.max_entries = options.max_messages
        self.max_entry_bytes = options.max_message_kib * 1024
        self._topic = spec.target
        self._shaped = spec.shaped
        self._envelope = [_CLOUD_EVENT] if spec.envelope == "cloudevents" else []
        self._client = client
        self._options = options
        self._clocks = clocks

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination; each byte of the value is a character of the text, as it may be any bytes."""
        if len(parcels) > 1:  # refused, so that each goes alone, whatever the route packs
            raise UnsendableError("a Kafka message carries one record")
        (parcel,) = parcels
        record = parcel.record
        options = self._options
        if record.topic == self._topic and is_home(record.cluster, options.cluster, options.bootstrap_servers):
            raise UnsendableError("it came from this topic, and would come from it again and again")
        value = record.value or b""
        if self._shaped and record.value is not None:
            value = json_text(parcel).encode()
        headers = carried(parcel, options.max_hops)
        size = len(value) + len(record.key or b"") + OVERHEAD_BYTES
        size += sum(len(name.encode()) + len(content) + HEADER_BYTES for name, content in headers)
        return Encoded(value.decode("latin-1"), size)

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        clock = self._clocks.clock
        ends = clock() + min(timeout_s, self._options.timeout_s)
        try:
            client = self._client.get(ends - clock())
        except TimeoutError:
            return [Fault(FaultKind.TRANSIENT, "kafka: the client has no token yet")] * len(entries)
        except Exception as error:
            reason = QUOTED_VALUE.sub("value", str(error))
            return [Fault(FaultKind.TRANSIENT, f"kafka: there is no client: {reason}")] * len(entries)
        delivered = deliver(client, self._topic, [self._message(entry) for entry in entries], ends, clock)
        faults = [
            fault_of(report, alone=len(entries) == 1, trouble=self._client.trouble) for report in delivered.reports
        ]
        if None in faults:
            self._client.heard()
        if delivered.ended:
            self._client.drop()
        elif not delivered.whole or all(fault is not None and fault.kind is FaultKind.TRANSIENT for fault in faults):
            self._client.failed()
        return faults

    def _message(self, entry: Entry) -> KafkaMessage:
        (parcel,) = entry.parcels
        record = parcel.record
        value = None if record.value is None else entry.wire.encode("latin-1")
        headers = carried(parcel, self._options.max_hops)
        if value is not None:
            headers += self._envelope
        timestamp = max(record.timestamp, 0) if self._options.timestamp == "record" else 0
        return KafkaMessage(value, record.key, headers, timestamp)


def topic(name: str, spec: DestinationSpec, clients: Clients) -> KafkaTopic:
    """Make the destination of `type = "kafka"`; `target` is the topic's name."""
    del clients
    if not is_topic(spec.target):
        raise ValueError(f"target: it must be the name of a topic, not {spec.shown()}")
    options = read(KafkaOptions, spec)
    config = client_options(options, spec.shown)
    return KafkaTopic(spec, name, KeptClient(config, connector(), Clocks().now), options)
