"""What is recorded: for each file of events/ the messages, and how the mapping is set and answered."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from local.adopt.contracts import fleets
from local.kafka import TOPICS
from local.recording.message import STARTED, Headers, Message, good, headers, payload, with_value

FULL = 10_000
"""Lambda's maximum of records in a batch."""

MALFORMED = (
    b'{"event_id": "01", "codigo": 301, "truck_id": "T-1"',
    b"\xff\xfe\x00",
    b"[]",
    b'{"event_id": "a", "codigo": NaN, "truck_id": "T-1", "occurred_at": "2026-11-22T15:00:00Z"}',
    payload(4, -1),
    payload(5, 999_999),
    b"",
)
"""Values that no retry can help, each with a fault of its own."""

_ODD_HEADERS: tuple[Headers, ...] = (
    (("bytes", bytes(range(256))),),
    (("correlation_id", b"viagem-1"), ("correlation_id", b"viagem-corrigida")),
    (("correlation_id", b"\xff\xfe"), ("nothing", None), ("empty", b"")),
    (("", b"no name"), ('quo"ted \u20ac', b"1"), ("traceparent", b"no traceparent")),
    (),
)

Messages = tuple[Message, ...]


class Case(NamedTuple):
    """A run of the consumer over one topic, and the files that its events are kept in."""

    files: tuple[str, ...]
    """One for each event, in their order, below events/ and without an ending."""
    topic: str
    messages: Messages
    function: str = "takes"
    """Of `local.recording.function`."""
    self_managed: bool = False
    transactional: bool = False
    """Needs Apache Kafka: the embedded broker has no transactions."""
    options: Mapping[str, str] = MappingProxyType({})
    """Further options of the consumer."""

    @property
    def partitions(self) -> int:
        """Partitions of the topic: as deployed, or one for a topic of somebody else."""
        return TOPICS.get(self.topic, 1)


def cases() -> list[Case]:
    """Return all of them."""
    return [
        Case(("ordinary",), "mt-c400", tuple(good(3, n, 301 + n % 2) for n in range(6))),
        Case(("mixed-partitions",), "mt-c400", tuple(good(n % 5, n, 300 + n) for n in range(12))),
        Case(("full",), "mt-c400", tuple(_full())),
        Case(("malformed-values",), "mt-c400", tuple(_malformed())),
        Case(("tombstones-and-absent-keys",), "mt-c400", tuple(_absent())),
        Case(("header-bytes",), "mt-c400", tuple(_odd_headers())),
        Case(
            ("redelivery-1", "redelivery-2"),
            "mt-c400",
            tuple(good(1, n) for n in range(6)),
            function="refuses_once",
        ),
        Case(("high-priority",), "high_priority_events", tuple(good(n % 2, n, 300) for n in range(8))),
        Case(("self-managed",), "mt-c300", tuple(good(n % 2, n, 303) for n in range(4)), self_managed=True),
        Case(("avro-registry",), "vehicle.stops", tuple(_fleet("vehicle.stops"))),
        Case(("protobuf-registry",), "truck.positions", tuple(_fleet("truck.positions"))),
        Case(("transactional-gaps",), "mt-c400", tuple(_transactions()), transactional=True),
    ]


def _full() -> Iterator[Message]:
    """Give as many messages as a batch takes; their headers are short, as 6 MB would end it before."""
    for n in range(FULL):
        short = (("correlation_id", b"viagem-%d" % n),)
        yield good(n % 12, n, 300 + n % 40)._replace(headers=short)


def _malformed() -> Iterator[Message]:
    for n, value in enumerate(MALFORMED):
        yield with_value(0, n, value)
    yield good(0, len(MALFORMED))


def _absent() -> Iterator[Message]:
    yield with_value(2, 0, None)
    yield with_value(2, 1, payload(1, 301), key=None)
    yield with_value(2, 2, None, key=None)
    yield with_value(2, 3, payload(3, 301), key=b"")
    yield good(2, 4)


def _odd_headers() -> Iterator[Message]:
    for n, each in enumerate(_ODD_HEADERS):
        yield good(4, n)._replace(headers=each)


def _fleet(topic: str) -> Iterator[Message]:
    """Give what the check of foreign messages sends to a topic: three good messages, then bad ones."""
    fleet = next(each for each in fleets(3) if each.topic == topic)
    for n, sent in enumerate(fleet.messages):
        yield Message(0, sent.key, sent.value, headers(n), STARTED + n)


def _transactions() -> Iterator[Message]:
    """Give three, three that are aborted, and three."""
    for n in range(9):
        yield good(0, n)._replace(aborted=n // 3 == 1)
