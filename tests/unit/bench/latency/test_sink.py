"""The destinations' stand-in."""

import json

from bench.latency import sink
from bench.latency.sink import LATENCY_S, Arrivals


def test_a_record_is_found_in_a_pack_and_alone() -> None:
    """Whatever a queue was sent it by, a record's place and its own time are read, and the time of the answer."""
    one = "c1/mt-c400-3:17@1795362476000"
    pack = {"comboio_pack": 1, "messages": [{"id": f"c1/mt-c400-3:{n}@1795362476001", "message": {}} for n in (1, 2)]}
    named = {"deduplication_id": {"DataType": "String", "StringValue": one}}
    arrivals = Arrivals()
    for name, entry in (
        ("events", {"MessageBody": "{}", "MessageAttributes": named}),
        ("telemetry", {"MessageBody": json.dumps(pack)}),
        ("ledger-dead-hold.fifo", {"MessageBody": "no JSON"}),
    ):
        body = {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/1/{name}", "Entries": [entry]}
        arrivals.add("SendMessageBatch", json.dumps(body).encode())
    arrivals.add("UpdateItem", b"{}")
    found = arrivals.counts()
    assert [(each.queue, each.partition, each.offset, each.produced) for each in found] == [
        ("events", "mt-c400-3", 17, 1795362476.0),
        ("telemetry", "mt-c400-3", 1, 1795362476.001),
        ("telemetry", "mt-c400-3", 2, 1795362476.001),
    ]
    assert found[0].at > found[0].produced + LATENCY_S
    assert arrivals.counts() == []


def test_every_partition_is_new() -> None:
    """A claim is answered as of a partition that nobody has had, so that nothing counts as a duplicate."""
    assert sink.answer("UpdateItem", b'{"ReturnValues":"ALL_OLD"}') == b"{}"
