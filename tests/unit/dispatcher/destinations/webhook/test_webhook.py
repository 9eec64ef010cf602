"""What a webhook is sent."""

import json

from comboio.aws.http import Answer
from tests.support.aws_wire import Wire, destination, entries, some
from tests.support.dispatcher import parcel, payload, route


def test_a_call_of_one_message_carries_its_ids_as_headers() -> None:
    """A single message's correlation id and trace are the request's too; those of many are in the body only."""
    wire = Wire(lambda body: Answer(200, b""))
    where = destination("webhook", wire)
    one = parcel(1, value=payload())
    one.traceparent = "00-abc-01"
    where.send(entries(where, [one]))
    where.send(entries(where, *some(2)))
    alone, many = wire.posted[0][0], wire.posted[1][0]
    assert (alone["x-correlation-id"], alone["traceparent"]) == ("c-1", "00-abc-01")
    assert not {"x-correlation-id", "traceparent"} & set(many)


def test_the_key_is_of_the_very_messages() -> None:
    """The same messages have the same key in every call, others another."""
    wire = Wire(lambda body: Answer(200, b""))
    where = destination("webhook", wire)
    for groups in (some(3), some(3), some(2), some(3)[::-1]):
        where.send(entries(where, *groups))
    first, again, fewer, turned = (headers["idempotency-key"] for headers, _ in wire.posted)
    assert first == again
    assert len({first, fewer, turned}) == 3


def test_a_pack_is_part_of_the_array() -> None:
    """Messages that the route packs and those that it does not stand side by side."""
    wire = Wire(lambda body: Answer(200, b""))
    where = destination("webhook", wire)
    way = route(pack=3)
    packed = [parcel(n, way, payload()) for n in range(3)]
    last = parcel(9, value=payload())
    where.send(entries(where, packed, [last]))
    assert [each["id"] for each in json.loads(wire.posted[0][1])] == [each.record.id for each in (*packed, last)]
