"""The consumer over a broker: what is handled how often, and what is committed."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.consumer.conftest import Broker, Running, both_brokers, counts, ends, until

Start = Callable[..., Running]


@both_brokers
def test_without_failures_every_record_is_delivered_once(broker: Broker, start: Start) -> None:
    """All records, none twice, all committed; SIGTERM ends it cleanly and the lag is 0."""
    sent = broker.produce(2000)
    consumer = start("ok")
    until(lambda: set(counts(consumer)) == sent, "all records are handled")
    assert consumer.stop(signal.SIGTERM) == 0
    assert set(counts(consumer).values()) == {1}
    assert broker.committed() == ends(sent)
    assert all(len(batch) <= 100 for batch in consumer.handled())
    assert consumer.stats()[-1]["lag_total"] == 0
    assert len([line for line in consumer.journal() if line.get("done")]) == len(consumer.handled())


@pytest.mark.parametrize("mode", ["failed", "lowest", "batch"])
def test_failed_records_come_again_in_each_mode(mode: str, broker: Broker, start: Start) -> None:
    """All are handled; only those that failed come again in mode `failed`, their followers too in the others."""
    sent = broker.produce(400)
    consumer = start("flaky", RETRY=mode)
    until(lambda: set(counts(consumer)) == sent, "all records are handled")
    until(lambda: broker.committed() == ends(sent), "all records are committed")
    assert consumer.stop() == 0
    repeated = {each for each, times in counts(consumer).items() if times > 1}
    assert bool(repeated) is (mode != "failed")


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_a_handler_that_raises_gets_the_whole_batch_again(broker: Broker, start: Start) -> None:
    """Nothing is lost, and nothing is committed before it is handled."""
    sent = broker.produce(400)
    consumer = start("raising")
    until(lambda: broker.committed() == ends(sent), "all records are committed")
    assert set(counts(consumer)) == sent
    assert [line["error"] for line in consumer.journal() if line.get("done")].count("RuntimeError: down for now") == 2
    assert consumer.stop() == 0


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_what_is_given_up_is_in_the_destination_before_it_is_committed(
    broker: Broker, start: Start, tmp_path: Path
) -> None:
    """The poison record of each partition ends in a document; the rest is handled; the group goes past it."""
    sent = broker.produce(400)
    where = tmp_path / "on-failure"
    consumer = start("poison", MAXIMUM_RETRY_ATTEMPTS="2", ON_FAILURE=str(where))
    until(lambda: broker.committed() == ends(sent), "all records are committed")
    assert consumer.stop() == 0
    discarded = set()
    for path in where.rglob("*"):
        if path.is_file():
            payload = json.loads(json.loads(path.read_text())["payload"])
            discarded |= {(name, body["offset"]) for name, bodies in payload["records"].items() for body in bodies}
    poison = {each for each in sent if each[1] == 5}
    assert discarded == poison
    assert set(counts(consumer)) == sent - poison


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_a_poison_record_stops_nobody_but_bounds_what_is_in_flight(broker: Broker, start: Start) -> None:
    """Retried without end, it holds its partition's commit; the others go on, up to the bound, and then pause."""
    broker.produce(4000)
    consumer = start("poison", MAX_IN_FLIGHT="300")
    until(lambda: any(len(line["paused"]) == 4 for line in consumer.stats()), "all partitions are paused")  # type: ignore[arg-type]
    handled = counts(consumer)
    assert {offset for _, offset in handled} >= set(range(6, 200))
    # One poll may pass the bound before the pause takes hold: 200 is twice the batch size, what one poll asks for.
    assert max(offset for _, offset in handled) <= 5 + 300 + 200
    assert broker.committed() == {f"{broker.topic}-{number}": 5 for number in range(4)}
    assert consumer.stop() == 0


def test_a_batch_delivered_twice_on_purpose(broker: Broker, start: Start) -> None:
    """The fault hook repeats just the batch it names, and the journal says so."""
    sent = broker.produce(1000)
    consumer = start("ok", FAULTS="redeliver=3")
    until(lambda: broker.committed() == ends(sent), "all records are committed")
    assert consumer.stop() == 0
    batches = consumer.handled()
    assert batches[2] == batches[3]
    repeated = {each for each, times in counts(consumer).items() if times > 1}
    assert repeated == set(batches[2])
    assert [line["batch"] for line in consumer.journal() if line.get("redelivery")] == [3]
