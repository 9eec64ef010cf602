"""Trouble of a host ends the producer with a sentence or not at all, and a topic's limit rejects nothing sound."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from comboio.host.new_topics import create_topics
from local.kafka import Kafka
from tests.integration.producer.broker import Broker
from tests.integration.producer.command import Command, event_id, read_back

Produce = Callable[..., Command]

LINE = '{{"event_id":"e-{0:07d}","codigo":301,"truck_id":"T-1","occurred_at":"2026-11-22T15:00:00Z","pad":"{1}"}}\n'


@pytest.mark.parametrize(
    ("stream", "status", "says"),
    [("stdin", 2, "standard input, which is closed"), ("stdout", 0, "standard output is closed"), ("stderr", 0, "")],
)
def test_a_closed_standard_stream_is_a_sentence(broker: Broker, stream: str, status: int, says: str) -> None:
    """A supervisor that closes a stream gets no traceback, and only a source that needs it is refused."""
    closed = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}[stream]
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
        "PRODUCER_SOURCE": "stdin" if stream == "stdin" else "synthetic",
        "PRODUCER_MESSAGES": "10",
    }
    command = ["/bin/sh", "-c", f'exec "{sys.executable}" -m producer {closed}']
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own program
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert says in done.stderr


def test_a_reader_of_the_figures_that_leaves_ends_nothing(broker: Broker, produce: Produce) -> None:
    """The producer goes on, says so once, and ends as if nothing had been."""
    command = produce(broker.bootstrap, rate=200, stats_file="", duration=4)
    assert command.process.stdout
    command.process.stdout.readline()
    command.process.stdout.close()
    command.process.stdout = None
    status, errors = command.end()
    assert status == 0, errors
    assert errors.count("writing figures to standard output failed") == 1


def test_a_watched_directory_that_is_away_ends_nothing(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """What was sent is not sent again when it is back, and what came in the meantime is."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.jsonl").write_text(LINE.format(1, ""))
    command = produce(broker.bootstrap, source="directory", source_path=source, rate=0)
    command.until(lambda figures: figures["acked"] == 1)
    source.rename(tmp_path / "away")
    time.sleep(1.2)
    with (tmp_path / "away" / "a.jsonl").open("a") as file:
        file.write(LINE.format(2, ""))
    (tmp_path / "away").rename(source)
    command.until(lambda figures: figures["acked"] == 2)
    command.process.terminate()
    command.ends(0)
    assert sorted(event_id(message) for message in read_back(broker.bootstrap)) == ["e-0000001", "e-0000002"]


def test_a_batch_that_is_refused_as_too_large_costs_no_message(
    broker: Broker, produce: Produce, tmp_path: Path
) -> None:
    """A limit that the cluster does not tell is learned, and every message that fits alone is delivered."""
    path = tmp_path / "in.jsonl"
    path.write_text("".join(LINE.format(number, "x" * 200) for number in range(2_000)))
    broker.tell("fail 10 2")
    command = produce(broker.bootstrap, source="file", source_path=path, rate=0)
    command.ends(0)
    assert command.figures()["errors"] == 0
    assert len({event_id(message) for message in read_back(broker.bootstrap)}) == 2_000


def test_a_topic_with_a_small_limit_gets_all_that_fits(apache: Kafka, produce: Produce, tmp_path: Path) -> None:
    """Of messages whose batch would be too large none is refused, and of two that are too large alone both are."""
    admin = AdminClient({"bootstrap.servers": apache.bootstrap})
    topic = NewTopic("small", 1, 1, config={"max.message.bytes": "20000"})
    create_topics(admin, [topic], 60)
    topics = tmp_path / "topics.toml"
    topics.write_text(
        'known = ["300-399"]\n[strategies."domain+priority"]\ndefault = "small"\n[topics.small]\npartitions = 1\n'
    )
    path = tmp_path / "in.jsonl"
    sound = [LINE.format(number, os.urandom(100).hex()) for number in range(3_000)]
    large = [LINE.format(number, os.urandom(20_000).hex()) for number in (9_001, 9_002)]
    path.write_text("".join([*sound[:1_000], large[0], *sound[1_000:], large[1]]))
    command = produce(apache.bootstrap, source="file", source_path=path, rate=0, topics_file=topics)
    try:
        command.ends(1)
        assert (command.figures()["acked"], command.figures()["errors"]) == (3_000, 2)
        rejects = (command.state / "0" / "rejected.jsonl").read_text().splitlines()
        assert [json.loads(line)["text"] for line in rejects] == [line.strip() for line in large]
    finally:
        for future in admin.delete_topics(["small"]).values():
            future.result(20)
