"""The consumer runs with each option at its least and its most allowed value."""

import threading
import time
from pathlib import Path

import pytest

from consumer.service import run
from consumer.settings import ConsumerSettings
from tests.integration.consumer.conftest import Broker, ends
from tests.integration.consumer.handlers import HANDLED_HERE
from tests.support.option_edges import edges

NOT_RUN = {
    ("CONSUMER_STARTING_POSITION", "AT_TIMESTAMP"),
    ("CONSUMER_SECURITY", "tls"),
    ("CONSUMER_SECURITY", "scram"),
    ("CONSUMER_SECURITY", "msk-iam"),
}
"""What the embedded broker does not have."""


@pytest.mark.robustness("options at their least and their most")
@pytest.mark.parametrize(("variable", "value"), [each for each in edges(ConsumerSettings) if each not in NOT_RUN])
def test_no_allowed_value_stands_still(variable: str, value: str, broker: Broker, tmp_path: Path) -> None:
    """Every record is handled and committed, and the service ends when it is told to."""
    name = f"{variable}-{value}".replace(".", "_")
    settings = ConsumerSettings.from_environment(
        {
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
            "CONSUMER_TOPICS": broker.topic,
            "CONSUMER_GROUP_ID": broker.group,
            "CONSUMER_FUNCTION": "tests.integration.consumer.handlers:here",
            "CONSUMER_FUNCTION_NAME": name,
            "CONSUMER_BATCH_SIZE": "10",
            "CONSUMER_BATCH_WINDOW_S": "0.05",
            "CONSUMER_SESSION_TIMEOUT_S": f"{broker.kafka.session_timeout_ms / 1000:g}",
            "CONSUMER_STATS_FILE": str(tmp_path / "stats"),
            "CONSUMER_ON_FAILURE": str(tmp_path / "discarded"),
            variable: value,
        }
    )
    latest = settings.starting_position == "LATEST"
    sent = set() if latest else broker.produce(40)
    stop = threading.Event()
    failed: list[BaseException] = []

    def consume() -> None:
        try:
            run(settings, stop.is_set)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=consume)
    thread.start()
    deadline = time.monotonic() + 40
    try:
        while not failed and time.monotonic() < deadline:
            found = HANDLED_HERE.get(name, set())
            if latest and not found:
                broker.produce(4)
            elif found and (latest or found >= sent):
                break
            time.sleep(0.05)
    finally:
        stop.set()
        thread.join(30)
    assert failed == []
    assert not thread.is_alive()
    assert latest or broker.committed() == ends(sent)
