"""What a running consumer tells: over its port, and to the CloudWatch agent."""

import json
import logging
import socket
from collections.abc import Callable
from http.client import HTTPConnection

import pytest

from consumer.observe.observers import observers
from consumer.settings import ConsumerSettings
from tests.integration.consumer.conftest import Broker, Running, until
from tests.support.consumer import LOG, VirtualTime, statistics_line


def _ask(port: int, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _settings(**options: str) -> ConsumerSettings:
    required = {"KAFKA_BOOTSTRAP_SERVERS": "b:1", "CONSUMER_TOPICS": "t", "CONSUMER_FUNCTION": "a.b:c"}
    return ConsumerSettings.from_environment(
        {**required, **{f"CONSUMER_{name.upper()}": value for name, value in options.items()}}
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _values(text: str) -> dict[str, float]:
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in text.splitlines() if line[0] != "#")
    }


def test_a_scrape_tells_how_far_the_consumer_is(broker: Broker, start: Callable[..., Running]) -> None:
    """Lag in records and seconds by partition, batches, times and retries, as the broker and the function have them."""
    port = _free_port()
    broker.produce(40)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(30)
        consumer = start("flaky", HEALTH_PORT=str(port), EMF_AGENT=f"127.0.0.1:{agent.getsockname()[1]}")
        until(lambda: any(line["lag_total"] == 0 and line["owned"] == 4 for line in consumer.stats()), "all is done")
        values = _values(_ask(port, "/metrics")[1])
        document = json.loads(agent.recv(65_536))
    assert values["comboio_consumer_healthy"] == 1
    assert values["comboio_consumer_succeeded_total"] == 40
    assert values["comboio_consumer_retried_total"] == values["comboio_consumer_failed_total"] > 0
    for number in range(4):
        labels = f'{{topic="{broker.topic}",partition="{number}"}}'
        assert values[f"comboio_consumer_lag{labels}"] == values[f"comboio_consumer_lag_seconds{labels}"] == 0
    invocations = values["comboio_consumer_invocations_total"]
    assert values["comboio_consumer_invoke_seconds_count"] == invocations
    assert values['comboio_consumer_batch_records_bucket{le="+Inf"}'] == invocations
    assert values["comboio_consumer_batch_records_sum"] == values["comboio_consumer_invoked_total"]
    assert (document["Group"], document["_aws"]["CloudWatchMetrics"][0]["Namespace"]) == (
        broker.group,
        "Comboio/Consumer",
    )
    status, said = _ask(port, "/health")
    assert (status, json.loads(said)["state"]) == (200, "idle")
    assert consumer.stop() == 0


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_port_that_is_taken_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The process that this one replaces may still have it; it is said once."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = _settings(health_port=str(other.getsockname()[1]))
        with observers(settings, LOG, VirtualTime().clocks) as observed:
            observed.health.alive()
    assert caplog.text.count("is taken") == 1


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_an_address_that_does_not_exist_is_an_error() -> None:
    """No waiting makes it right."""
    settings = _settings(health_port="1", health_host="203.0.113.1")
    with pytest.raises(OSError, match="address"), observers(settings, LOG, VirtualTime().clocks):
        pass


def test_a_loop_that_is_stuck_is_seen_from_outside(caplog: pytest.LogCaptureFixture) -> None:
    """The pages are those of the moment, though the last line of statistics is old."""
    time, port = VirtualTime(), _free_port()
    with caplog.at_level(logging.INFO), observers(_settings(health_port=str(port)), LOG, time.clocks) as observed:
        observed.health.write(statistics_line())
        time.sleep(300)
        assert _ask(port, "/health")[0] == 503
        values = _values(_ask(port, "/metrics")[1])
    assert (values["comboio_consumer_healthy"], values["comboio_consumer_turn_age_seconds"]) == (0, 300)
    assert f"http://127.0.0.1:{port}/health" in caplog.text
