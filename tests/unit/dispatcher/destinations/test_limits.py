"""What holds for every kind of destination."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from comboio.aws.http import Answer
from comboio.routing.table import RoutingError
from dispatcher.destinations import KINDS
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from tests.support.aws_wire import (
    LOADS,
    TARGETS,
    UNLIKE,
    UNREACHABLE,
    Wire,
    calls,
    destination,
    kinds,
    opened,
    unescaped,
)
from tests.support.aws_wire import entries as entries_of
from tests.support.dispatcher import parcel, payload, route
from tests.support.examples import examples

LIMITS = {
    # kind: entries, bytes of a call, bytes of an entry; from each service's API reference
    "sqs": (10, 1_048_576, 1_048_576),
    "sqs_fifo": (10, 1_048_576, 1_048_576),
    "sns": (10, 262_144, 262_144),
    "sns_fifo": (10, 262_144, 262_144),
    "eventbridge": (10, 999_999, 999_999),
    "kinesis": (500, 10_485_760, 1_048_576),
    "firehose": (500, 4_000_000, 1_000_000),
    "lambda": (1, 1_000_000, 1_000_000),
    "step_functions": (1, 262_144, 262_144),
    "webhook": (1, 1_048_576, 1_048_576),
}
each_kind = pytest.mark.parametrize("kind", LIMITS)


@each_kind
@settings(max_examples=examples(25), deadline=None)
@given(LOADS)
def test_every_message_is_in_one_call_within_the_limits(kind: str, load: Sequence[Parcel]) -> None:
    """Each message reaches the wire once or is refused as too large, and no call or entry is over a limit, as the
    service counts."""
    wire = Wire()
    where = destination(kind, wire)
    made, refused = calls(where, load)
    for call in made:
        where.send(call)
    most, call_bytes, entry_bytes = LIMITS[kind]
    arrived = []
    for _, body in wire.posted:
        found = opened(kind, body)
        assert 1 <= len(found) <= most
        assert sum(size for size, _ in found) <= call_bytes
        assert max(size for size, _ in found) <= entry_bytes
        arrived += [message for _, messages in found for message in messages]
    sent = {one.event_id: json.loads(one.record.value or b"") for one in load if one not in refused}
    assert sorted(message.message["event_id"] for message in arrived) == sorted(sent)
    for message in arrived:
        assert message.message == sent[message.message["event_id"]]
    for one in refused:
        assert len(one.record.value or b"") + 1_000 > min(call_bytes, entry_bytes)


@each_kind
@pytest.mark.parametrize("length", [0, 50_000], ids=["many", "large"])
def test_calls_are_filled(kind: str, length: int) -> None:
    """Many small messages fill calls to the number of entries, large ones to the bytes; nothing goes over either."""
    wire = Wire()
    where = destination(kind, wire)
    most, call_bytes, _ = LIMITS[kind]
    number = call_bytes * 5 // 4 // (2 * length) if length else 2 * max(most, where.max_entries) + 7
    load = [parcel(n, value=unescaped(event_id=f"e-{n}", note="é" * length)) for n in range(number)]
    made, refused = calls(where, load)
    for call in made:
        where.send(call)
    found = [opened(kind, body) for _, body in wire.posted]
    assert refused == [] and sum(len(messages) for posted in found for _, messages in posted) == number
    assert all(len(posted) <= most and sum(size for size, _ in posted) <= call_bytes for posted in found)
    one = max(size for posted in found for size, _ in posted)
    for posted in found[:-1]:
        full_of_bytes = sum(size for size, _ in posted) + one > call_bytes - 200_000
        assert len(posted) == most or full_of_bytes or len(posted[0][1]) == where.max_entries


@each_kind
def test_an_entry_is_as_large_as_the_service_counts(kind: str) -> None:
    """The size by which calls are filled is the service's own, or (where one body holds all) no less than the body."""
    for way in (route(), route(pack=3)):
        wire = Wire()
        where = destination(kind, wire)
        group = [parcel(n, way, unescaped(note="é \U0001f69a")) for n in range(3 if way.pack > 1 else 1)]
        (entry,) = entries_of(where, group)
        where.send([entry])
        ((size, messages),) = opened(kind, wire.posted[0][1])
        assert len(messages) == len(group)
        around = where.max_bytes + entry.size - size if kind in ("lambda", "webhook") else None
        assert entry.size == size if around is None else around <= LIMITS[kind][1]


@each_kind
def test_the_ids_travel_with_each_message(kind: str) -> None:
    """Correlation id, traceparent and an id against duplicates reach the receiver, alone and packed."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for way in (route(), route(pack=2)):
        wire = Wire()
        where = destination(kind, wire)
        group = [parcel(n, way, payload()) for n in range(way.pack)]
        for one in group:
            one.traceparent = trace
        where.send(entries_of(where, group))
        ((_, messages),) = opened(kind, wire.posted[0][1])
        expected = [(one.record.id, one.correlation_id, trace) for one in group]
        assert [message[:3] for message in messages] == expected


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@each_kind
@pytest.mark.parametrize("answer", [UNREACHABLE, Answer(500, b""), Answer(502, b"<html>"), Answer(403, b"{}")])
def test_a_fault_of_the_destination_buries_nothing(kind: str, answer: Answer | Exception) -> None:
    """No answer, a 5xx or a refused right is a fault of every entry of the call, for now."""
    wire = Wire(lambda body: answer)
    where = destination(kind, wire)
    made = entries_of(where, *([parcel(n, value=payload())] for n in range(min(3, where.max_entries))))
    assert kinds(where.send(made)) == [FaultKind.TRANSIENT] * len(made)


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize("kind", [kind for kind in LIMITS if kind != "webhook"])  # which promises only its status
@pytest.mark.parametrize("body", [b"", b"{}", b"<html/>", b"[]"])
def test_an_empty_success_proves_nothing(kind: str, body: bytes) -> None:
    """A status of 200 that does not say what was taken is no success, where the service would say it."""
    where = destination(kind, Wire(lambda _: Answer(200, body)))
    made = entries_of(where, *([parcel(n, value=payload())] for n in range(min(3, where.max_entries))))
    assert kinds(where.send(made)) == [FaultKind.TRANSIENT] * len(made)


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@each_kind
def test_no_fault_quotes_a_message(kind: str) -> None:
    """What the service says of a payload stays out of faults only as far as it quotes it; the payload itself does."""
    where = destination(kind, Wire(lambda body: Answer(400, body)))
    (made,) = entries_of(where, [parcel(1, value=payload(note="SECRET"))])
    (fault,) = where.send([made])
    assert isinstance(fault, Fault) and "SECRET" not in fault.error


COMPRESSING = ["sqs", "sqs_fifo", "sns", "sns_fifo", "eventbridge", "kinesis", "step_functions"]
each_compressing = pytest.mark.parametrize("kind", COMPRESSING)


@each_compressing
@settings(max_examples=examples(10), deadline=None)
@given(LOADS)
def test_a_compressed_pack_keeps_to_the_limits(kind: str, load: Sequence[Parcel]) -> None:
    """Whether or not a load can be compressed, each message arrives once, and what is counted is what is sent."""
    wire = Wire()
    where = destination(kind, wire, compression="gzip")
    made, refused = calls(where, load)
    _, refused_plain = calls(destination(kind, Wire()), load)
    assert set(map(id, refused)) <= set(map(id, refused_plain))
    for call in made:
        where.send(call)
    _, call_bytes, entry_bytes = LIMITS[kind]
    arrived = []
    for call, (_, body) in zip(made, wire.posted, strict=True):
        found = opened(kind, body)
        assert [entry.size for entry in call] == [size for size, _ in found]
        assert sum(size for size, _ in found) <= call_bytes
        assert max(size for size, _ in found) <= entry_bytes
        arrived += [message.message["event_id"] for _, messages in found for message in messages]
    assert sorted(arrived) == sorted(one.event_id for one in load if one not in refused)


@pytest.mark.parametrize("kind", [kind for kind in COMPRESSING if kind != "step_functions"])  # one entry a call
def test_a_compressed_call_holds_more(kind: str) -> None:
    """Packs that are too large for a call go in one, and a message of a route that does not pack stays as it is."""
    plain, where = destination(kind, Wire()), destination(kind, Wire(), compression="gzip")
    way, note = route(pack=50), "text " * (where.max_bytes // 2_000)
    load = [parcel(n, way, payload(event_id=f"e-{n}", note=note)) for n in range(500)]
    assert len(calls(plain, load)[0]) > 1
    made, refused = calls(where, load)
    assert (len(made), refused) == (1, [])
    alone = [parcel(0, route(), payload(note=note))]
    assert where.make(alone) == plain.make(alone)


@each_compressing
def test_a_message_too_large_by_itself_goes_if_its_gzip_is_not(kind: str) -> None:
    """Alone in a pack; without compression it is refused."""
    load = [parcel(0, route(pack=2), payload(note="text " * 500_000))]
    assert [len(calls(destination(kind, Wire(), **more), load)[1]) for more in ({}, {"compression": "gzip"})] == [1, 0]


@pytest.mark.parametrize("kind", [kind for kind in TARGETS if kind not in COMPRESSING])
def test_compression_is_refused_where_there_are_no_packs(kind: str) -> None:
    """The table says so, before anything is sent."""
    with pytest.raises(RoutingError, match="compression: there is no such option"):
        destination(kind, Wire(), compression="gzip")


def test_there_is_a_limit_for_every_kind() -> None:
    """No kind is left out here."""
    assert set(LIMITS) == set(TARGETS) == set(KINDS) - UNLIKE
