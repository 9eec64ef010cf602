"""What a cluster of the Kafka destination and its client do: each record has one answer, in time, and no other's."""

from typing import Any

from dispatcher.fault import FaultKind
from tests.fuzz.target import CANARY, Target, keep_secret, promised
from tests.support.aws_wire import entries
from tests.support.dispatcher import parcel
from tests.support.fake_producer import Answer, FakeProducer, RaisedError, SaidError, Time, kafka_topic

TIMEOUT_S = 1.0
CODES = (
    "INVALID_RECORD", "_INVALID_ARG", "MSG_SIZE_TOO_LARGE", "POLICY_VIOLATION", "THROTTLING_QUOTA_EXCEEDED",
    "UNKNOWN_TOPIC_OR_PART", "TOPIC_AUTHORIZATION_FAILED", "_ALL_BROKERS_DOWN", "_PURGE_QUEUE", "_PURGE_INFLIGHT",
    "OUT_OF_ORDER_SEQUENCE_NUMBER", "",
)  # fmt: skip
RAISED = (
    BufferError(CANARY),
    ValueError(CANARY),
    OverflowError(),
    TypeError(CANARY),
    RaisedError(),
    RaisedError(CANARY),
)
"""What the client may raise at a message; some repeat its content."""


def check(data: bytes) -> None:
    """Let each byte but the first three say what becomes of a message; those say what is wrong with the client."""
    if len(data) < 4:
        return
    first, purge, slow, *each = data[:60]
    values = [b"%d-%s" % (place, CANARY.encode()) for place in range(len(each))]
    script = dict(zip(values, each, strict=True))
    time = Time()
    made: list[FakeProducer] = []

    def connect(_: Any) -> FakeProducer:
        if first % 16 == 15:
            raise RaisedError(f'value "{CANARY}" of an option')
        made.append(
            FakeProducer(
                time,
                verdict=lambda value: _answer(script[value or b""]),
                in_flight=bool(purge & 1),
                hangs=bool(purge & 2),
                fatal=first % 16 == 14,
                raises=lambda value: _raised(script[value or b""]),
                produce_s=(slow % 8) / 100,
            )
        )
        return made[-1]

    topic = kafka_topic(connect, time)
    for _ in range(2):
        sent = [one for offset, value in enumerate(values) for one in entries(topic, [parcel(offset, value=value)])]
        began = time.at
        faults = topic.send(sent, TIMEOUT_S)
        promised(len(faults) == len(sent), "each record has an answer")
        promised(time.at - began <= TIMEOUT_S + 0.08, "a call ends in its time")
        keep_secret(fault.error for fault in faults if fault is not None)
        reports = [None if _raised(byte) else _answer(byte) for byte in each]
        for fault, report in zip(faults, reports, strict=True):
            taken = report is not None and report.error is None and report.after_s <= TIMEOUT_S and bool(made)
            promised(fault is not None or taken, "only what Kafka acknowledged counts as sent")
            if fault is not None and fault.kind is FaultKind.PERMANENT:
                promised(made, "nothing is refused for good that was never asked")
        time.at += slow


def _answer(byte: int) -> Answer | None:
    """Return what a byte says of a report: 0 to 127 it is taken, sooner or later; then an error; the last ones none."""
    if byte < 128:
        return Answer(byte / 100)
    if byte < 200:
        return Answer((byte % 8) / 10, SaidError(CODES[byte % len(CODES)], ends=byte % 23 == 0))
    return None


def _raised(byte: int) -> Exception | None:
    return RAISED[byte % len(RAISED)] if byte >= 240 else None


TARGET = Target(
    check,
    [
        bytes(8),
        bytes([0, 1, 0, 10, 130, 131, 132, 133, 210, 245]),
        bytes([0, 2, 3, 99, 127, 210, 0]),
        bytes([14, 3, 7, 0, 0]),
        bytes([15, 0, 200, 0, 0]),
    ],
    [bytes([number]) for number in (0, 1, 99, 128, 140, 161, 199, 200, 240, 241, 242, 243, 244, 245)],
    most_bytes=60,
)
