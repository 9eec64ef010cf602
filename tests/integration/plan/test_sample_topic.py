"""A sample is read from a topic by the Kafka client: what it has, and what cannot be read."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from plan.sample.read import read
from plan.sample.sample import SampleError
from plan.sample.topic import read_topic
from tests.integration.producer.broker import Broker, mock_broker

TOPICS = {"fleet": 4, "nothing": 1, "noise": 1, "plain": 1}


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """Give a cluster with 1,000 messages in `fleet`, nine of ten in partition 0, and some noise."""
    with mock_broker(TOPICS) as found:
        client = Producer({"bootstrap.servers": found.bootstrap, "linger.ms": 5})
        for number in range(1000):
            codigo = 301 if number % 10 else 340
            value = json.dumps({"codigo": codigo, "truck_id": f"T-{number % 20:02d}"})
            client.produce("fleet", value, partition=0 if number % 10 else 1 + number % 3)
        for noise in (b"\xff", b"[]", None):
            client.produce("fleet", noise, partition=3)
            client.produce("noise", noise, partition=0)
        for number in range(10):
            client.produce("plain", b"\xff text", key="AB-1", headers={"kind": b"ping" if number < 6 else b"7"})
        client.produce("plain", b"without a kind")
        assert client.flush(10) == 0
        yield found


def test_a_topic_is_counted_whole(broker: Broker) -> None:
    """Codes, trucks and bytes are those of all partitions; what is no message is left out and counted."""
    sample = read_topic(f"kafka://{broker.bootstrap}/fleet", environ={})
    assert sample.codes == {301: 900, 340: 100}
    assert set(sample.trucks.values()) == {50}
    assert sample.payload_bytes == 1000 * len('{"codigo": 301, "truck_id": "T-00"}')
    assert sample.left_out == 3


def test_the_newest_records_have_the_shares_of_all(broker: Broker) -> None:
    """A tenth of the topic is a tenth of each partition, so the shares hold."""
    sample = read_topic(f"kafka://{broker.bootstrap}/fleet", environ={"PLAN_SAMPLE_RECORDS": "100"})
    assert 97 <= sample.messages <= 104
    assert sample.codes[301] == pytest.approx(90, abs=1)


def test_a_topic_of_another_contract_is_read_by_its_headers_and_keys(broker: Broker, tmp_path: Path) -> None:
    """What a table takes from a header or the key is counted, of payloads that nobody looks into."""
    table = tmp_path / "routes.toml"
    table.write_text(
        'version = 2\n[default]\nto = ["discard"]\n'
        '[topics.plain.message]\nformat = "raw"\ncode = "header.kind"\nentity = "key"\n',
        encoding="utf-8",
    )
    sample = read(f"kafka://{broker.bootstrap}/plain", table)
    assert sample.codes == {"ping": 6, 7: 4}
    assert sample.trucks == {"AB-1": 10}
    assert (sample.payload_bytes, sample.left_out) == (60, 1)


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("nothing", "has no message"),
        ("noise", "none of its 3 records has a code"),
        ("unknown", "cannot be read: "),
    ],
)
def test_a_topic_that_says_nothing_is_one_clear_line(broker: Broker, topic: str, says: str) -> None:
    """An empty topic, one of other bytes, and one that is not there are told apart."""
    with pytest.raises(SampleError, match=says) as caught:
        read_topic(f"kafka://{broker.bootstrap}/{topic}", environ={})
    assert "\n" not in str(caught.value)


def test_a_wrong_option_is_one_clear_line() -> None:
    """The error names the variable."""
    with pytest.raises(SampleError, match="PLAN_SECURITY"):
        read_topic("kafka://localhost:1/t", environ={"PLAN_SECURITY": "none at all"})
