"""What lies in the hold queue: drained, or put into the DLQ as it came; a good message beside it is drained."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence

from comboio.contract.hold import ForeignHoldMessageError, HeldRecord, HoldMessage
from comboio.drain.give_up import GiveUp
from comboio.drain.memory import MemoryDrainStore
from comboio.invocation import Invocation
from dispatcher.drain.drain import Drainer
from tests.fuzz.target import CANARY, Target, only, promised
from tests.fuzz.targets.dispatching import Surroundings
from tests.support.dispatcher import NOW, payload, record

GOOD = 7_777


def held(offset: int, value: bytes | None, **changed: object) -> HeldRecord:
    """Return a record that waits."""
    found = HeldRecord(record(offset, value, b"k\xff"), "ordered", 1, NOW - 60_000, f"c-{offset}", f"e-{offset}", None)
    return found._replace(**changed)  # type: ignore[arg-type]  # of whatever field


BESIDE = HoldMessage("a", True, (held(GOOD, payload(300, "beside")),), "behind")


class _Source:
    """A hold queue; `aside` is what was put into the DLQ."""

    def __init__(self) -> None:
        self.aside: list[str] = []

    def retry_after(self, receipts: Sequence[str], seconds: float, *, within_s: float) -> bool:
        return True

    def put_aside(self, message: HoldMessage, *, within_s: float) -> bool:
        promised(HoldMessage.from_body(message.to_body()).token == message.token, "what is put aside can be read again")
        return True

    def set_aside(self, body: str, *, within_s: float) -> bool:
        self.aside.append(body)
        return True


class _NoOrders:
    def read(self, destinations: Iterable[str], *, within_s: float) -> Mapping[str, Sequence[GiveUp]]:
        return {"b": [GiveUp(NOW, NOW - 1_000, codes=("300",))]}


def check(data: bytes) -> None:
    """Drain a message with this text in it, or, after a zero byte, with this body; and a good one."""
    body = data[1:].decode("latin-1") if data[:1] == b"\0" else b64encode(zlib.compress(data, 1)).decode()
    foreign, names_it = True, False
    with only(ForeignHoldMessageError):
        message = HoldMessage.from_body(body)
        foreign, names_it = False, CANARY in message.destination
        promised(
            HoldMessage.from_body(message.to_body()).to_body() == message.to_body(),
            "a message is written as it was read",
        )
    around, source = Surroundings(), _Source()
    drainer = Drainer(
        source,
        MemoryDrainStore(),
        _NoOrders(),
        around.outlets,
        around.delivery,
        1.0,
        reporter=around.reporter,
        clocks=around.clocks,
        jitter=lambda: 0.5,
    )
    records = [
        {"messageId": name, "receiptHandle": name, "body": each, "attributes": {"SentTimestamp": str(NOW - 1_000)}}
        for name, each in (("fuzzed", body), ("beside", BESIDE.to_body()))
    ]
    answer = drainer.drain({"Records": records}, Invocation("me", around.ms + 60_000))
    promised(GOOD in around.a.taken, "a good message beside a bad one is drained")
    promised(source.aside == [body] if foreign else source.aside == [], "what is foreign is in the DLQ, as it came")
    promised({"itemIdentifier": "beside"} not in answer["batchItemFailures"], "what is drained leaves the queue")
    if not names_it:  # a letter names the destination that the table does not have
        around.keep_secrets()


def _inside(message: HoldMessage) -> bytes:
    return zlib.decompress(b64decode(message.to_body()))


MESSAGES = [
    HoldMessage("a", True, (held(1, payload(300, note=CANARY)), held(2, None, route="deleted", served=("b",)))),
    HoldMessage("b", False, (held(3, CANARY.encode()), held(4, b"\xff", traceparent="00-a", route="gone")), "before"),
    HoldMessage("gone", True, (held(5, payload(310), since=0),)),
]
TARGET = Target(
    check,
    [*map(_inside, MESSAGES), b"\0" + BESIDE.to_body().encode()],
    [
        f'"{CANARY}"'.encode(), f'"{CANARY} \u0100"'.encode(), b'"comboio_hold"', b'"records"', b'"served"',
        b'"after"',
        b'"destination"', b'"ordered"', b'"both"', b'"a"', b'"b"', b"9223372036854775807", b"1795359600000",
        b"253402300800000",
    ],
)  # fmt: skip
