"""Readings from files, pipes and directories: each line is in Kafka, whatever ends the producer on the way."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from local.kafka import Kafka
from tests.integration.producer.broker import Broker
from tests.integration.producer.command import Command, event_id, read_back, sequences_by_key

Produce = Callable[..., Command]


def lines(first: int, count: int) -> Iterator[str]:
    """Sound lines, numbered; each has the event id that its number gives."""
    for number in range(first, first + count):
        yield (
            json.dumps(
                {
                    "event_id": f"e-{number:07d}",
                    "codigo": 301 + number % 7,
                    "truck_id": f"T-{number % 50:06d}",
                    "occurred_at": "2026-11-22T15:00:00.123Z",
                    "sequence": number,
                }
            )
            + "\n"
        )


def ids(bootstrap: str) -> set[str]:
    """Return the event ids that Kafka has."""
    return {event_id(message) for message in read_back(bootstrap)}


def wanted(count: int) -> set[str]:
    """Return the event ids of the first lines."""
    return {f"e-{number:07d}" for number in range(count)}


def test_a_file_is_sent_once_byte_for_byte_and_in_order(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """Each line is a record whose value is the line; keys keep the file's order; a second run has nothing to do."""
    path = tmp_path / "readings.jsonl"
    path.write_text("".join(lines(0, 3000)))
    produce(broker.bootstrap, source="file", source_path=path, rate=0).ends(0)
    messages = read_back(broker.bootstrap)
    assert sorted(m.value() or b"" for m in messages) == sorted(path.read_bytes().splitlines())
    assert all(sequence == sorted(sequence) for sequence in sequences_by_key(messages).values())
    again = produce(broker.bootstrap, source="file", source_path=path, rate=0)
    again.ends(0)
    assert again.figures()["produced"] == 0


def test_foreign_lines_go_as_they_are(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """By the table that dispatches them, keyed by their entity; what breaks its contract is a reject."""
    table, path = tmp_path / "routes.toml", tmp_path / "events.jsonl"
    table.write_text('version = 2\n[message]\ncode = "data.type"\nentity = "plate"\n[default]\nto = ["dead_letter"]\n')
    events = [json.dumps({"data": {"type": "STOP"}, "plate": f"BRA{n % 7}", "n": n}).encode() for n in range(700)]
    path.write_bytes(b"\n".join([*events[:300], b'{"plate": "BRA1"}', *events[300:]]) + b"\n")
    options = {"source": "file", "source_path": path, "routes_file": table, "topic": "mt-c300", "rate": 0}
    produce(broker.bootstrap, **options, reject_file=tmp_path / "rejects.jsonl").ends(0)
    messages = read_back(broker.bootstrap)
    assert sorted(message.value() or b"" for message in messages) == sorted(events)
    assert {message.topic() for message in messages} == {"mt-c300"}
    assert all(message.key() == json.loads(message.value() or b"")["plate"].encode() for message in messages)
    assert "value.data.type" in (tmp_path / "rejects.jsonl").read_text()


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_directory_is_sent_whole_however_the_producer_ends(
    kafka: Kafka, produce: Produce, tmp_path: Path, number: int
) -> None:
    """Ended in mid-flight twice, with files still coming: every line is in Kafka, counted by reading it back."""
    directory = tmp_path / "in"
    directory.mkdir()
    sent = 0
    for run in range(2):
        for part in range(2):
            (directory / f"{run}-{part}.jsonl").write_text("".join(lines(sent, 1500)))
            sent += 1500
        command = produce(kafka.bootstrap, source="directory", source_path=directory, rate=2000, linger_ms=200)
        command.until(lambda figures: figures["acked"] > 0)
        time.sleep(0.3)
        command.process.send_signal(number)
        command.end()
    last = produce(kafka.bootstrap, source="directory", source_path=directory, rate=0, stats_interval=1)
    last.until(lambda figures: figures["produced"] > 0 and figures["queue"] == 0 and figures["rate"] == 0)
    last.process.terminate()
    last.ends(0)
    assert ids(kafka.bootstrap) == wanted(sent)
    idle = produce(kafka.bootstrap, source="directory", source_path=directory, rate=0, duration=0.5)
    idle.ends(0)
    assert idle.figures()["produced"] == 0


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_progress_does_not_run_ahead_of_kafka(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """Killed while Kafka acknowledges nothing, it starts again at what was acknowledged."""
    directory = tmp_path / "in"
    directory.mkdir()
    (directory / "a.jsonl").write_text("".join(lines(0, 3000)))
    command = produce(broker.bootstrap, source="directory", source_path=directory, rate=1000)
    command.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    time.sleep(1)
    command.process.kill()
    command.end()
    broker.tell("up")
    last = produce(broker.bootstrap, source="directory", source_path=directory, rate=0, stats_interval=1)
    last.until(lambda figures: figures["produced"] > 0 and figures["queue"] == 0 and figures["rate"] == 0)
    assert last.figures()["produced"] < 3000
    assert ids(broker.bootstrap) == wanted(3000)


def test_a_directory_is_watched(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """New files, growing files and renamed ones are taken; unfinished lines and unfinished names are not."""
    directory = tmp_path / "in"
    directory.mkdir()
    every = list(lines(0, 6))
    (directory / "a.jsonl").write_text(every[0] + every[1][:20])
    (directory / "b.jsonl.part").write_text(every[2])
    command = produce(broker.bootstrap, source="directory", source_path=directory, rate=0)
    command.until(lambda figures: figures["acked"] == 1)
    with (directory / "a.jsonl").open("a") as growing:
        growing.write(every[1][20:])
    command.until(lambda figures: figures["acked"] == 2)
    (directory / "b.jsonl.part").rename(directory / "b.jsonl")
    (directory / "c.jsonl").write_text(every[3])
    command.until(lambda figures: figures["acked"] == 4)
    (directory / "c.new").write_text(every[4] + every[5])
    (directory / "c.new").rename(directory / "c.jsonl")
    command.until(lambda figures: figures["acked"] == 6)
    assert ids(broker.bootstrap) == wanted(6)


def test_two_producers_share_a_directory(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """Each file is one producer's, with no word between them."""
    directory = tmp_path / "in"
    directory.mkdir()
    for number in range(20):
        (directory / f"{number}.jsonl").write_text("".join(lines(10 * number, 10)))
    options = {"source": "directory", "source_path": directory, "rate": 0, "duration": 1.5}
    both = [produce(broker.bootstrap, **options, instance=f"{number}/2") for number in range(2)]
    for command in both:
        command.ends(0)
    figures = [command.figures()["produced"] for command in both]
    assert sum(figures) == 200
    assert min(figures) > 0
    assert ids(broker.bootstrap) == wanted(200)


def test_standard_input_is_read_to_its_end(broker: Broker, produce: Produce) -> None:
    """The last line counts without a line end; the producer ends when the pipe does."""
    command = produce(broker.bootstrap, stdin=PIPE, source="stdin", rate=0)
    assert command.process.stdin
    command.process.stdin.write("".join(lines(0, 500)).rstrip())
    command.process.stdin.close()
    command.process.stdin = None
    command.ends(0)
    assert ids(broker.bootstrap) == wanted(500)


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_bad_input_is_put_aside_and_the_rest_goes_on(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """Malformed lines, an unknown code and 2 MB are in the reject file, whole; all else is in Kafka."""
    sound = list(lines(0, 100))
    bad = [
        "not json",
        '{"codigo": 301}',
        '{"codigo": true, "truck_id": "T-1"}',
        '{"codigo": 301, "truck_id": "T-1", "speed": NaN}',
        '{"codigo": 999999, "truck_id": "T-1"}',
        '{"codigo": 301, "truck_id": "T-1", "pad": "' + "x" * (2 << 20) + '"}',
    ]
    path = tmp_path / "readings.jsonl"
    path.write_text(
        "\n".join([*(line.strip() for line in sound[:50]), *bad, "", *(line.strip() for line in sound[50:])])
    )
    command = produce(broker.bootstrap, source="file", source_path=path, rate=0)
    status, errors = command.end()
    assert status == 1
    assert ids(broker.bootstrap) == wanted(100)
    figures = command.figures()
    assert (figures["rejected"], figures["errors"]) == (5, 1)
    rejects = [json.loads(line) for line in (command.state / "0" / "rejected.jsonl").read_text().splitlines()]
    assert [reject["text"] for reject in rejects[:5]] == bad[:5]
    assert len(rejects[5]["text"]) > 2 << 20
    assert all(reject["reason"] and reject["place"] for reject in rejects)
    assert "not json" not in errors


def test_lines_that_miss_what_can_be_made_are_completed(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """An event id and a time are added in front; the rest of the line stays as it came, number for number."""
    path = tmp_path / "readings.jsonl"
    path.write_text('{"codigo":301,"truck_id":"T-1","odd":1.10,"big":123456789012345678901}\n')
    produce(broker.bootstrap, source="file", source_path=path).ends(0)
    (message,) = read_back(broker.bootstrap)
    value = (message.value() or b"").decode()
    assert value.endswith('"codigo":301,"truck_id":"T-1","odd":1.10,"big":123456789012345678901}')
    assert {"event_id", "occurred_at"} < json.loads(value).keys()


def test_a_file_can_loop_and_keep_its_timing(broker: Broker, produce: Produce, tmp_path: Path) -> None:
    """Looped, it goes on for ever; in original timing, two lines 1.5 s apart are sent 1.5 s apart."""
    path = tmp_path / "readings.jsonl"
    path.write_text("".join(lines(0, 10)))
    command = produce(broker.bootstrap, source="file", source_path=path, file_loop=True, messages=95)
    command.ends(0)
    assert command.figures()["acked"] == 95
    one, two = (json.loads(line) for line in lines(0, 2))
    path.write_text(json.dumps(one) + "\n" + json.dumps({**two, "occurred_at": "2026-11-22T15:00:01.623Z"}) + "\n")
    began = len(read_back(broker.bootstrap))
    produce(broker.bootstrap, source="file", source_path=path, timing="original", linger_ms=0).ends(0)
    messages = sorted(read_back(broker.bootstrap), key=lambda message: message.timestamp()[1])
    assert len(messages) == began + 2
    assert messages[-1].timestamp()[1] - messages[-2].timestamp()[1] >= 1400
