"""A stop at a bad moment: it ends in time, with what was done committed and the rest left for the next consumer."""

import json
import signal
import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from local import port as ports
from tests.integration.consumer.conftest import Broker, Running, both_brokers, counts, ends, until

Start = Callable[..., Running]


def hold(consumer: Running) -> Path:
    """Return the file that holds a consumer's function, which is there now."""
    path = Path(f"{consumer.handled_file}.hold")
    path.touch()
    return path


def in_flight(consumer: Running) -> int:
    """Return how many batches its journal has begun and not ended."""
    ended = {line["id"] for line in consumer.journal() if "done" in line}
    return sum(line["id"] not in ended for line in consumer.journal() if "done" not in line)


def health(port: int) -> tuple[int, str]:
    """Return the status and the state that the endpoint tells."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())["state"]
    finally:
        connection.close()


@pytest.mark.robustness("crashes and kills at any step")
def test_a_stop_does_not_wait_for_a_retry(broker: Broker, start: Start) -> None:
    """A batch that waits an hour for its retry is left for the next consumer, which has all of it."""
    sent = broker.produce(40)
    first = start("down", BACKOFF_BASE_S="3600", BACKOFF_CAP_S="3600")
    until(lambda: "records failed" in first.log(), "it waits for a retry")
    assert first.stop() == 0
    assert max(broker.committed().values()) <= 0
    second = start("ok")
    until(lambda: broker.committed() == ends(sent), "all is committed")
    assert set(counts(second)) == sent
    assert second.stop() == 0


@pytest.mark.robustness("crashes and kills at any step")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(broker: Broker, start: Start, number: signal.Signals) -> None:
    """Whichever it is. The batch in flight is not committed, and the next consumer has it again."""
    first = start("held")
    release = hold(first)
    sent = broker.produce(40)
    until(lambda: in_flight(first) == 1, "a batch is in flight")
    first.process.send_signal(signal.SIGTERM)
    until(lambda: "stopping" in first.log(), "it stops")
    assert first.stop(number) == -number
    release.unlink()
    second = start("ok")
    until(lambda: broker.committed() == ends(sent), "all is committed", timeout_s=60)
    assert set(counts(second)) == sent
    assert second.stop() == 0


@pytest.mark.robustness("crashes and kills at any step")
@both_brokers
@pytest.mark.parametrize("assignment", ["cooperative-sticky", "range"])
def test_a_stop_in_the_middle_of_a_rebalance(broker: Broker, start: Start, assignment: str) -> None:
    """Partitions leave, a batch is in flight, and the signal comes: the batch ends, and nothing is lost. Apache Kafka
    takes its commit, so that nothing of it comes twice."""
    first = start("held", ASSIGNMENT=assignment, BATCH_SIZE="40", BATCH_WINDOW_S="60")
    release = hold(first)
    sent = broker.produce(40)
    # Of each partition: whichever leaves, the batch has records of it.
    until(lambda: in_flight(first) == 1, "a batch with all records is in flight")
    second = start("ok", ASSIGNMENT=assignment)
    until(lambda: time.time() - float(str(first.stats()[-1]["at"])) > 2.5, "its loop waits for the batch to leave")
    first.process.send_signal(signal.SIGTERM)
    release.unlink()
    assert first.process.wait(30) == 0
    until(lambda: broker.committed() == ends(sent), "all is committed", timeout_s=60)
    handled = counts(first, second)
    assert set(handled) == sent
    if broker.kafka.kind == "apache":
        assert set(handled.values()) == {1}
    assert second.stop() == 0


@pytest.mark.robustness("crashes and kills at any step")
def test_a_destination_that_does_not_answer_stops_neither_the_others_nor_a_stop(
    broker: Broker, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that takes 20 s to fail, each time: all other records are done, the endpoint says that no restart helps,
    and a stop ends. What could not be discarded is not committed, and the next consumer discards it."""
    port = ports.free()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        queue = "arn:aws:sqs:us-east-1:000000000000:discarded"
        sent = broker.produce(400)
        poison = {each for each in sent if each[1] == 5}
        options = {"MAXIMUM_RETRY_ATTEMPTS": "0", "BATCH_SIZE": "10", "FUNCTION_TIMEOUT_S": "3"}
        first = start("poison", ON_FAILURE=queue, HEALTH_PORT=str(port), **options)
        until(lambda: set(counts(first)) == sent - poison, "all others are done", timeout_s=60)
        assert health(port) == (200, "working")
        assert first.stop() == 0
        assert "discarded" not in first.log().replace(queue, "")
    assert set(broker.committed().values()) == {5}
    second = start("poison", ON_FAILURE=str(tmp_path / "discarded"), **options)
    until(lambda: broker.committed() == ends(sent), "all is committed")
    assert second.stop() == 0
