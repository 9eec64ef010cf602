"""Events of the mapping: a batch is dispatched or refused, and a good record beside bad ones arrives."""

import json
from base64 import b64encode
from typing import Any

from comboio.contract.record import MalformedEventError
from comboio.drain.memory import MemoryDrainStore
from comboio.invocation import Invocation
from comboio.ledger.memory import MemoryLedgerStore
from dispatcher.dispatch import Dispatcher, DispatchLimits
from dispatcher.intake.admission import AdmissionLimits
from dispatcher.runtime_parser import EventParser
from tests.fuzz.target import CANARY, Target, only, promised
from tests.fuzz.targets.dispatching import Surroundings
from tests.support.dispatcher import event, payload, raw

LIMITS = DispatchLimits(AdmissionLimits(incomplete=1_000, abandon_ms=10**9), margin_s=1.0)
GOOD = 7_777
"""Offset of the good record."""
BESIDE = "beside-0"


def check(data: bytes) -> None:
    """Dispatch what Lambda's runtime client makes of the text with the dispatcher's parser in it."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    groups = given.get("records") if isinstance(given, dict) else None
    beside = isinstance(groups, dict) and BESIDE not in groups
    if isinstance(groups, dict) and beside:
        groups[BESIDE] = [raw(GOOD, payload(300, "beside"), topic="beside")]
    around = Surroundings()
    dispatcher = Dispatcher(
        MemoryLedgerStore(),
        MemoryDrainStore(),
        around.outlets,
        around.delivery,
        LIMITS,
        reporter=around.reporter,
        clocks=around.clocks,
    )
    with only(MalformedEventError):
        parsed = EventParser(None).unmarshal_request(_text(given))
        answer = dispatcher.dispatch(parsed, Invocation("me", around.ms + 60_000))
        failed = {_place(each["itemIdentifier"]) for each in answer["batchItemFailures"]}
        promised(failed <= _places(given), "only records of the event are reported")
        promised(not beside or GOOD in around.a.taken, "a good record beside bad ones arrives")
        promised((BESIDE, GOOD) not in failed or not beside, "a record that arrived is not reported")
        json.dumps(answer)
    around.keep_secrets()


def _place(item: Any) -> tuple[str, int]:
    return item["partition"], item["offset"]


def _places(given: dict[str, Any]) -> set[tuple[str, int]]:
    return {(name, each["offset"]) for name, group in given["records"].items() for each in group}


def _text(batch: Any) -> bytes:
    return json.dumps(batch).encode()


CLUSTER = "arn:aws:kafka:us-east-1:1:cluster/c/1"
RAW = raw(6, topic="raw")
SIGNED = [{"correlation_id": list(b"c-1")}, {"odd": [-61, 9]}, {"traceparent": list(b"00-a")}]
TARGET = Target(
    check,
    [
        _text(event(raw(0), raw(1, payload(310, data={"speed": 121})), raw(2, CANARY.encode()))),
        _text(event(raw(3, headers=SIGNED), raw(4, payload(300, note=CANARY), None), {**raw(5), "value": None})),
        _text({"eventSource": "SelfManagedKafka", "bootstrapServers": "a:9092,b:9092", "records": {"raw-0": [RAW]}}),
        _text({**event(raw(1), raw(2, payload(999)), raw(2), raw(1, partition=1)), "eventSourceArn": CLUSTER}),
    ],
    [
        *(
            b'"%b"' % b64encode(each)
            for each in (payload(300, note=CANARY), payload(310, "01K"), CANARY.encode(), b"null", b'{"codigo":"STOP"}')
        ),
        *(b'"%b"' % name for name in (b"topic", b"partition", b"offset", b"timestamp", b"key", b"value",
        b"headers")),
        b'"t"', b'"t-0"', b'"records"', b'"eventSource"', b'"aws:kafka"', b"9223372036854775807", b"2147483647",
        b"-129",
    ],
)  # fmt: skip
