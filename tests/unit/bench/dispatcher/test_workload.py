"""The batches that are compared on."""

import json
from collections import Counter

from bench.dispatcher.workload import TOPIC, Workload, record_bytes
from comboio.contract.message import decode
from comboio.contract.record import partitions


def test_a_batch_has_its_records_over_its_partitions() -> None:
    """Every partition has its share, in offset order."""
    groups = dict(partitions(json.loads(Workload(records=120, partitions=12).batch(3))))
    assert set(groups) == {f"{TOPIC}-{number}" for number in range(12)}
    assert {len(records) for records in groups.values()} == {10}


def test_every_record_keeps_the_message_contract() -> None:
    """Else something else than dispatching would be measured: payloads of about 200 bytes, and both headers."""
    for records in dict(partitions(json.loads(Workload(records=200).batch(0)))).values():
        for record in records:
            assert record.value is not None
            decode(record.value)
            assert 180 <= len(record.value) <= 220
            assert len(record.header("correlation_id") or "") == 36
            assert (record.header("traceparent") or "").startswith("00-")


def test_most_of_the_traffic_is_from_few_codigos() -> None:
    """80% from 20% of them, give or take chance."""
    batch = json.loads(Workload(records=5_000).batch(0))
    counts = Counter(
        decode(record.value)["codigo"] for records in dict(partitions(batch)).values() for record in records
    )
    top = sum(count for _, count in counts.most_common(10))
    assert 0.75 < top / 5_000 < 0.85


def test_a_batch_goes_on_where_the_last_one_ended() -> None:
    """No offset comes twice, or the ledger would skip it."""
    workload = Workload(records=100, partitions=2)
    seen = [
        (record.source, record.offset)
        for number in range(3)
        for records in dict(partitions(json.loads(workload.batch(number)))).values()
        for record in records
    ]
    assert len(set(seen)) == len(seen) == 300


def test_the_same_seed_gives_the_same_batch() -> None:
    """All contenders, each in a process of its own, get the same."""
    assert Workload(records=50).batch(1) == Workload(records=50).batch(1)
    assert Workload(records=50).batch(1) != Workload(records=50).batch(2)


def test_a_record_is_its_key_value_and_headers() -> None:
    """Its size is that of the bytes in Kafka, not of the event's JSON."""
    assert 300 < record_bytes(json.loads(Workload(records=100).batch(0))) < 360
