"""Requests to the replayer: carried out as they say, or refused with field, fault and what is allowed."""

import json

from dlq_replayer.request.confirmation import check as check_confirmation
from dlq_replayer.request.confirmation import token
from dlq_replayer.request.continuation import follow_up
from dlq_replayer.request.request import Continuation, Filter, RefusedError, Request, read
from dlq_replayer.request.selection import selector
from tests.fuzz.target import Target, promised
from tests.support.replayer import NOW, letter

LETTERS = [letter(1), letter(2, key=b"\xff", value=b"[" * 100), letter(3, value=None)]
REQUESTS = [
    {"action": "replay", "filter": {"reason": "permanent", "codigo": [300, 301], "since": "2026-11-22T15:00:00Z"}},
    {"action": "purge", "confirm": token("dlq", Filter(), 3, NOW - 1_000), "requested_by": "me"},
    {"action": "give_up", "source": "hold", "filter": {"destination": "a", "until": "2026-11-22T15:00:00+03:00"}},
    {"action": "inspect", "source": "s3://bucket/prefix", "samples": 3, "bodies": True, "dry_run": True},
    {
        "action": "park",
        "rate_per_s": 5,
        "max_messages": 10,
        "self_invoke": 2,
        "order": "none",
        "continues": {"run": "r", "invocation": 1, "started_at": NOW, "counts": {"dispatched": 3}},
    },
]


def check(data: bytes) -> None:
    """Read a request, and use what it asks for."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        _use(read(given))
    except RefusedError as error:
        promised(str(error), "a refusal says something")
        promised(error.faults, "a refusal has faults")
        for fault in error.faults:
            promised(fault.keys() == {"field", "error", "allowed"} and all(fault.values()), "a fault says all three")
        json.dumps(error.faults)


def _use(wanted: Request) -> None:
    select = selector(wanted.filter)
    for each in LETTERS:
        select(each)
    again = follow_up(wanted, Continuation(run="r", invocation=1, started_at=NOW), wanted.max_messages and 1, 0)
    read(json.loads(json.dumps(again)))
    if wanted.confirm:
        check_confirmation(wanted, NOW)


WORDS = [*Request.model_fields, *Filter.model_fields, *Continuation.model_fields]
TARGET = Target(
    check,
    [json.dumps(each).encode() for each in REQUESTS],
    [
        *(f'"{name}"'.encode() for name in (*WORDS, "inspect", "replay", "hold", "parking", "drain", "kafka",
        "key")),
        b'"0001-01-01T00:00:00Z"', b'"9999-12-31T23:59:59-23:59"', b'"2026-11-22"', b'"--"', b'"-1--1-x"',
    ],
)  # fmt: skip
