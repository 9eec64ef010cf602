"""A function, a record, a group or a disk that is in trouble takes the documented way, and no record is skipped."""

import base64
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package does not list what it exports
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from tests.integration.consumer.conftest import Broker, Running, counts, ends, until
from tests.integration.consumer.handlers import GARBAGE

Start = Callable[..., Running]

on_apache = pytest.mark.parametrize("broker", ["apache"], indirect=True)
"""For what the embedded broker cannot: records of more than 5 MB, and members that do not agree."""


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_answers_that_say_nothing_skip_nothing(broker: Broker, start: Start) -> None:
    """Each is a failure of the whole batch, told with what is wrong with it, and the batch comes again."""
    sent = broker.produce(8)
    consumer = start("garbage", BACKOFF_BASE_S="0.01", BACKOFF_CAP_S="0.01")
    until(lambda: broker.committed() == ends(sent), "all is committed")
    assert set(counts(consumer)) == sent
    ended = [line for line in consumer.journal() if "done" in line]
    refused = [line["error"] for line in ended if line["failed"]]
    assert len(refused) == len(GARBAGE)
    assert all(refused)
    assert consumer.stop() == 0


@pytest.mark.robustness("crashes and kills at any step")
def test_a_function_that_takes_the_process_with_it_is_found_in_the_journal(broker: Broker, start: Start) -> None:
    """The last line without an end names the batch; nothing of it is committed, and the next process has it again."""
    sent = broker.produce(8)
    first = start("dies", BATCH_SIZE="2", BATCH_WINDOW_S="0")
    assert first.process.wait(30) == -signal.SIGABRT
    ended = {line["id"] for line in first.journal() if "done" in line}
    (culprit,) = (line for line in first.journal() if line["id"] not in ended)
    assert culprit["records"] == 2
    second = start("ok")  # gets the partitions when the dead member's session is over
    until(lambda: broker.committed() == ends(sent), "all is committed")
    again = set(counts(second))
    assert {
        (partition, offset)
        for partition, (low, high) in culprit["partitions"].items()  # type: ignore[attr-defined]  # lines are JSON
        for offset in range(low, high + 1)
    } <= again
    assert set(counts(first)) | again == sent
    assert second.stop() == 0


@pytest.mark.robustness("more than fits")
@on_apache
def test_a_record_that_fits_no_event_is_kept_whole_and_stops_nobody(
    broker: Broker, start: Start, tmp_path: Path
) -> None:
    """7 MB are in the on-failure destination, byte for byte, before the commit passes them; its neighbours are done."""
    large = os.urandom(7_000_000)
    _produce_large(broker, large)
    sent = broker.produce(8)
    consumer = start("ok", ON_FAILURE=str(tmp_path / "discarded"))
    until(lambda: set(counts(consumer)) == sent, "the others are handled")
    until(lambda: broker.committed() == ends(sent), "all is committed")
    (written,) = (path for path in (tmp_path / "discarded").rglob("*") if path.is_file())
    document = json.loads(written.read_text())
    (records,) = json.loads(document["payload"])["records"].values()
    assert document["requestContext"]["condition"] == "MaximumPayloadSizeExceeded"
    assert base64.b64decode(records[0]["value"]) == large
    assert consumer.stop() == 0


@pytest.mark.robustness("a group and a client that break")
@on_apache
def test_a_group_that_others_use_in_another_way_is_one_clear_error(broker: Broker, start: Start) -> None:
    """The newcomer ends and names the option to look at; those that were there work on."""
    first = start("ok")
    sent = broker.produce(8)
    until(lambda: set(counts(first)) == sent, "the first has joined")
    until(lambda: broker.committed() == ends(sent), "and committed")
    second = start("ok", ASSIGNMENT="range")
    assert second.process.wait(30) == 1
    assert "CONSUMER_ASSIGNMENT" in second.log()
    assert "Traceback" not in second.log()
    sent |= broker.produce(8)
    until(lambda: broker.committed() == ends(sent), "the first works on")
    assert first.stop() == 0


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_full_disk_under_journal_and_statistics_costs_lines_only(broker: Broker, start: Start) -> None:
    """Every record is handled and committed; each file is told of, not each line."""
    sent = broker.produce(40)
    consumer = start("ok", JOURNAL="/dev/full", STATS_FILE="/dev/full", BATCH_SIZE="2")
    until(lambda: broker.committed() == ends(sent), "all is committed")
    assert set(counts(consumer)) == sent
    assert consumer.stop() == 0
    assert 1 <= consumer.log().count("No space left on device") <= 4


def _produce_large(broker: Broker, value: bytes) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    larger = ConfigEntry("max.message.bytes", "20000000", incremental_operation=AlterConfigOpType.SET)
    topic = ConfigResource(ResourceType.TOPIC, broker.topic, incremental_configs=[larger])
    for change in admin.incremental_alter_configs([topic]).values():
        change.result(20)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "message.max.bytes": 20_000_000})
    producer.produce(broker.topic, value, partition=0)
    assert producer.flush(20) == 0
