"""The producer against a broker, over real connections: what it says it did is what Kafka has."""

import json
import re
import signal
import socket
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from comboio.contract.message import decode
from local import port as ports
from local.kafka import Kafka
from tests.integration.producer.broker import TOPICS, Broker, mock_broker
from tests.integration.producer.command import SETTLE_S, Command, event_id, read_back, sequences_by_key

Produce = Callable[..., Command]


def murmur2(key: bytes) -> int:
    """Java's `Utils.murmur2` made positive: where any client must place a key."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    value = 0x9747B28C ^ len(key)
    whole = len(key) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at : at + 4], "little") * m & mask
        value = (value * m & mask) ^ ((k ^ (k >> 24)) * m & mask)
    if rest := key[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * m & mask
    value = (value ^ (value >> 13)) * m & mask
    return (value ^ (value >> 15)) & 0x7FFFFFFF


def test_the_known_answers_of_murmur2() -> None:
    """The reference that placements are compared with is Java's: the values that Kafka's own tests state."""
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536, b"abc": 479470107}
    assert {key: murmur2(key) for key in known} == {key: value & 0x7FFFFFFF for key, value in known.items()}


def test_the_journal_is_what_kafka_has(kafka: Kafka, produce: Produce) -> None:
    """Every acknowledged message is in Kafka at its journalled place, faults included, and nothing else is."""
    faults = {"malformed": 5, "unknown_codigo": 4, "tombstone": 3}
    text = ",".join(f"{kind}={count}" for kind, count in faults.items())
    command = produce(kafka.bootstrap, rate=1500, duration=2, faults=text)
    command.ends(0)
    acknowledged = command.acknowledged()
    assert {(a.event_id, a.topic, a.partition, a.offset) for a in acknowledged} == {
        (event_id(m), m.topic(), m.partition(), m.offset()) for m in read_back(kafka.bootstrap)
    }
    assert len({a.event_id for a in acknowledged}) == len(acknowledged)
    assert {kind: count for kind, count in Counter(a.kind for a in acknowledged).items() if kind != "ok"} == faults


def test_keys_are_placed_as_java_places_them(kafka: Kafka, produce: Produce) -> None:
    """The partition of every record is murmur2 of its key; topic and key follow its code and truck."""
    produce(kafka.bootstrap, rate=0, messages=3000).ends(0)
    messages = read_back(kafka.bootstrap)
    for message in messages:
        telemetry = decode(message.value())
        assert message.key() == f"{telemetry['codigo']}:{telemetry['truck_id']}".encode()
        assert message.partition() == murmur2(message.key() or b"") % TOPICS[message.topic() or ""]
    by_topic = {topic: {decode(m.value())["codigo"] for m in messages if m.topic() == topic} for topic in TOPICS}
    assert by_topic["high_priority_events"] == {300}
    assert by_topic["mt-c300"] <= set(range(340, 350))
    assert not by_topic["mt-c400"] & {300, *range(340, 350)}


def test_records_carry_correlation_and_trace(broker: Broker, produce: Produce) -> None:
    """Both headers on every record, tied to its event."""
    produce(broker.bootstrap, rate=0, messages=50).ends(0)
    for message in read_back(broker.bootstrap):
        made = event_id(message)
        headers = dict(message.headers() or [])
        assert headers["correlation_id"] == made.encode()
        assert made.replace("-", "").encode() in (headers["traceparent"] or b"")


@pytest.mark.parametrize("key_strategy", ["codigo+truck_id", "truck_id"])
def test_order_holds_per_key_with_many_threads(broker: Broker, produce: Produce, key_strategy: str) -> None:
    """Four threads share one client, and each key's records are still in the order they were said."""
    command = produce(broker.bootstrap, rate=0, messages=4000, threads=4, trucks=40, key_strategy=key_strategy)
    command.ends(0)
    sequences = sequences_by_key(read_back(broker.bootstrap))
    assert sum(map(len, sequences.values())) == 4000
    assert all(sequence == sorted(sequence) for sequence in sequences.values())


def test_the_rate_is_a_ceiling(broker: Broker, produce: Produce) -> None:
    """With threads and bytes limited too, no more is produced than the time allows."""
    for options, limit in (({"rate": 400, "threads": 3}, 400.0), ({"rate": 0, "bytes_rate": 40_000}, 200.0)):
        command = produce(broker.bootstrap, duration=1, message_bytes=200, **options)
        command.ends(0)
        figures = command.figures()
        assert 0 < figures["produced"] <= limit * figures["elapsed_s"] + 100


def test_the_figures_agree_with_the_journal(broker: Broker, produce: Produce) -> None:
    """The last line of figures counts what the journal lists, partition by partition."""
    command = produce(broker.bootstrap, rate=2000, duration=1.5)
    command.ends(0)
    acknowledged = command.acknowledged()
    figures = command.figures()
    assert (figures["final"], figures["queue"], figures["errors"]) == (True, 0, 0)
    assert figures["produced"] == figures["acked"] == len(acknowledged)
    assert figures["partitions"] == Counter(f"{a.topic}-{a.partition}" for a in acknowledged)
    assert figures["ack_ms"]["p99"] >= figures["ack_ms"]["p50"] > 0


@pytest.mark.robustness("outages of Kafka, stops and full queues")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_with_everything_acknowledged(broker: Broker, produce: Produce, number: int) -> None:
    """What was in flight when the signal came is acknowledged before the end."""
    command = produce(broker.bootstrap, rate=5000, linger_ms=500)
    command.until(lambda figures: figures["produced"] > 0)
    command.process.send_signal(number)
    command.ends(0)
    assert command.figures()["produced"] == len(command.acknowledged()) == len(read_back(broker.bootstrap))


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_an_outage_is_ridden_out(broker: Broker, produce: Produce) -> None:
    """While the broker is away the queue fills, the workers slow down, and afterwards all is delivered in order."""
    command = produce(broker.bootstrap, rate=1000, messages=3000, queue_messages=500)
    command.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    command.until(lambda figures: figures["blocked_s"] > 0.5)
    assert command.figures()["queue"] < 0.9 * 500
    broker.tell("up")
    command.ends(0)
    sequences = sequences_by_key(read_back(broker.bootstrap))
    assert sum(map(len, sequences.values())) == 3000
    assert all(sequence == sorted(set(sequence)) for sequence in sequences.values())


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_a_refused_message_is_counted_and_the_rest_goes_on(broker: Broker, produce: Produce) -> None:
    """A record that Kafka calls invalid is an error and an exit status, one log line, and no end of the run."""
    broker.tell("fail 87 1")
    command = produce(broker.bootstrap, rate=500, duration=2)
    status, errors = command.end()
    figures = command.figures()
    assert status == 1
    assert 0 < figures["errors"] < figures["produced"]
    assert figures["acked"] + figures["errors"] == figures["produced"]
    assert figures["acked"] == len(command.acknowledged())
    assert len([line for line in errors.splitlines() if "not delivered" in line]) == 1


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_what_is_never_answered_is_not_called_delivered(broker: Broker, produce: Produce) -> None:
    """Kafka gone for good at the end: it waits as long as told, spools what is open, and says so by its status."""
    command = produce(broker.bootstrap, rate=200, flush_timeout=0.5)
    command.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    time.sleep(0.5)
    command.process.terminate()
    command.ends(4)
    figures = command.figures()
    assert figures["spooled"] > 0
    assert figures["queue"] == 0
    assert figures["acked"] + figures["spooled"] == figures["produced"]


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_a_second_signal_ends_it_at_once(broker: Broker, produce: Produce) -> None:
    """Whoever presses Ctrl-C twice does not wait for the flush."""
    command = produce(broker.bootstrap, rate=200, flush_timeout=600)
    command.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    time.sleep(0.5)
    command.process.terminate()
    time.sleep(0.5)
    assert command.process.poll() is None
    command.process.terminate()
    command.ends(128 + signal.SIGTERM)


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_an_unreachable_kafka_is_one_message(produce: Produce) -> None:
    """What happened and what to check, without a traceback."""
    status, errors = produce("127.0.0.1:1", connect_timeout=1).end()
    assert status == 3
    assert "KAFKA_BOOTSTRAP_SERVERS" in errors
    assert "Traceback" not in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_a_missing_topic_is_one_message(produce: Produce) -> None:
    """Named before anything is produced."""
    with mock_broker({"mt-c400": 12, "high_priority_events": 2}) as broker:
        status, errors = produce(broker.bootstrap).end()
    assert status == 3
    assert "mt-c300" in errors
    assert "mt-c400" not in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rate": "fast"}, "PRODUCER_RATE"),
        ({"topic_strategy": "weight"}, "domain+priority"),
        ({"topics_file": "/nowhere.toml"}, "/nowhere.toml"),
        ({"ack_journal": "/proc/none/acks.tsv"}, "/proc/none"),
        ({"stats_file": "/proc/none/stats"}, "/proc/none"),
    ],
)
def test_a_wrong_option_is_one_message(produce: Produce, options: dict[str, str], says: str) -> None:
    """Exit status 2, the option or its value named, no traceback."""
    status, errors = produce("127.0.0.1:1", **options).end()
    assert status == 2
    assert says in errors
    assert "Traceback" not in errors


def test_sighup_changes_the_rate(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """New rates apply within a second; a broken file is logged, and the rate stays."""
    config = tmp_path / "producer.env"
    config.write_text("PRODUCER_RATE=100\n")
    command = produce(broker.bootstrap, rate=5, config_file=config)
    command.until(lambda figures: 50 < figures["rate"] < 150)
    config.write_text("PRODUCER_RATE=1000\n")
    command.process.send_signal(signal.SIGHUP)
    command.until(lambda figures: 800 < figures["rate"] < 1200)
    config.write_text("PRODUCER_RATE=fast\n")
    command.process.send_signal(signal.SIGHUP)
    time.sleep(1.2)
    command.until(lambda figures: 800 < figures["rate"] < 1200)
    command.process.terminate()
    status, errors = command.end()
    assert status == 0
    assert "rates stay as they are" in errors


def test_a_ramp_of_rates_goes_up_and_ends(broker: Broker, produce: Produce) -> None:
    """Never ahead of the plan, far above its first step by the end, and the run ends with the plan."""
    command = produce(broker.bootstrap, ramp="100/s:2s,1000/s:2s")
    command.ends(0)
    a_batch = 10
    for figures in map(json.loads, command.stats.read_text().splitlines()):
        elapsed = figures["elapsed_s"]
        assert figures["produced"] <= 100 * min(elapsed, 2) + 1000 * max(elapsed - 2, 0) + a_batch
    assert command.figures()["produced"] > 1000


def test_a_ramp_of_threads_keeps_the_order_of_keys(broker: Broker, produce: Produce) -> None:
    """A truck goes from one thread to another between the steps, and nothing it says is overtaken."""
    command = produce(broker.bootstrap, ramp="1:0.5s,5:0.5s,10:0.5s", rate=4000, trucks=50)
    command.ends(0)
    sequences = sequences_by_key(read_back(broker.bootstrap))
    assert sum(map(len, sequences.values())) == command.figures()["acked"] > 4000
    assert all(sequence == sorted(sequence) for sequence in sequences.values())


def test_order_per_key_holds_over_a_scale_out(kafka: Kafka, produce: Produce) -> None:
    """A second process takes its share of the trucks; every key is said by one of them, in order."""
    both = [
        produce(kafka.bootstrap, rate=1000, messages=1500, trucks=60, instance=f"{number}/2", threads=2)
        for number in range(2)
    ]
    for command in both:
        command.ends(0)
    sequences = sequences_by_key(read_back(kafka.bootstrap))
    assert sum(map(len, sequences.values())) == 3000
    assert all(sequence == sorted(sequence) for sequence in sequences.values())


def test_figures_can_be_scraped_and_reach_the_agent(broker: Broker, produce: Produce) -> None:
    """The Prometheus endpoint counts each partition, on loopback; the CloudWatch agent gets EMF."""
    port = ports.free()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(SETTLE_S)
        address = f"127.0.0.1:{agent.getsockname()[1]}"
        command = produce(broker.bootstrap, rate=500, metrics_port=port, emf_agent=address)
        command.until(lambda figures: figures["acked"] > 0)
        document = json.loads(agent.recv(65_536))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    assert document["MessageRate"] > 0
    counts = re.findall(r'acked_total\{topic="mt-c400",partition="\d+"\} (\d+)', text)
    assert len(counts) == TOPICS["mt-c400"]
    command.process.terminate()
    command.ends(0)


def test_a_service_manager_hears_of_its_life(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """Ready once Kafka has answered, alive in time, stopping at SIGTERM."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SETTLE_S)  # a start on a busy machine may take longer than on a quiet one
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        command = produce(broker.bootstrap, environ=environ, rate=100)
        assert [manager.recv(100) for _ in range(4)] == [b"READY=1", *[b"WATCHDOG=1"] * 3]
        command.process.terminate()
        while (said := manager.recv(100)) == b"WATCHDOG=1":
            continue
        assert said == b"STOPPING=1"
    command.ends(0)
