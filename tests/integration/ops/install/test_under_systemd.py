"""The consumer's unit under systemd itself, with all that it is kept from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from consumer.main import WRONG_OPTION
from local.kafka import Kafka
from tests.integration.consumer.conftest import Broker, until
from tests.integration.ops.install.real_systemd import WITHIN_S, Systemd, systemd
from tests.integration.ops.install.test_units import unit

FUNCTIONS = """
import os, time
from pathlib import Path

def handle(event, context):
    own = Path(os.environ["STATE_DIRECTORY"])
    for path in ("/etc/comboio/x", "/opt/x", "/root/x", "/tmp/x"):
        try:
            Path(path).write_text("x")
            with (own / "wrote").open("a") as file:
                file.write(f"{path}\\n")
        except OSError:
            pass
    with (own / "began").open("a") as file:
        file.write(f"{sum(map(len, event['records'].values()))}\\n")
    time.sleep(0.5)
"""
"""A function that writes where it can, and takes its time: it is stopped with a batch in flight."""

QUICK = """
[Service]
RestartSec=0.1
StandardOutput=append:/run/log
StandardError=append:/run/log
"""
"""What the tests add to the unit: a restart at once, and a log where there is no journal."""


class Service:
    """An instance of the consumer."""

    def __init__(self, host: Systemd, broker: Broker) -> None:
        self._host = host
        self._broker = broker
        self._name = uuid4().hex[:6]
        self._unit = f"comboio-consumer@{self._name}"

    def options(self, **more: str) -> None:
        """Write its own options."""
        values = {"CONSUMER_TOPICS": self._broker.topic, "CONSUMER_GROUP_ID": self._broker.group, **more}
        text = "".join(f"{name}={value}\n" for name, value in values.items())
        self._host.write(f"/etc/comboio/consumer-{self._name}.env", text)

    def control(self, verb: str, *arguments: str) -> None:
        """Do with it what `systemctl` does, whether it succeeds or not."""
        self._host.run("systemctl", verb, *arguments, self._unit)

    def log(self) -> str:
        """Return what the instances have logged."""
        return self._host.read("/run/log")

    @property
    def state(self) -> Mapping[str, str]:
        """What systemd knows of it."""
        return self._host.state(self._unit)

    def kept(self, name: str) -> list[str]:
        """Return the lines of a file in its state directory."""
        return self._host.read(f"/var/lib/private/comboio-consumer/{self._name}/{name}").splitlines()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, embedded_kafka: Kafka) -> Iterator[Systemd]:
    """Give a host with the unit, and options that all instances have."""
    with systemd(tmp_path_factory.mktemp("systemd"), unit("consumer") + QUICK, FUNCTIONS) as host:
        host.write(
            "/etc/comboio/consumer.env",
            f"KAFKA_BOOTSTRAP_SERVERS={embedded_kafka.bootstrap}\nCONSUMER_FUNCTION=functions.of_tests:handle\n"
            f"CONSUMER_SESSION_TIMEOUT_S={embedded_kafka.session_timeout_ms / 1000:g}\nCONSUMER_BATCH_WINDOW_S=0.05\n",
        )
        yield host


def test_it_is_ready_comes_back_and_drains(host: Systemd, embedded_kafka: Kafka) -> None:
    """It is started once it is ready, and again when it is killed; a stop waits for the batch in flight and commits it;
    and its function writes into its own state and its own /tmp, and nowhere else. Two starts take over a second."""
    broker = Broker(embedded_kafka)
    service = Service(host, broker)
    service.options()
    service.control("start")
    assert service.state["ActiveState"] == "active", service.log()
    service.control("kill", "--signal=KILL")
    until(lambda: service.state["NRestarts"] == "1" and service.state["ActiveState"] == "active", "again", WITHIN_S)
    broker.produce(8)
    until(lambda: bool(service.kept("began")), "a batch is in flight", WITHIN_S)
    service.control("stop")
    assert (service.state["ActiveState"], service.state["Result"]) == ("inactive", "success"), service.log()
    committed = sum(max(0, offset) for offset in broker.committed().values())
    assert committed == sum(map(int, service.kept("began"))) > 0
    assert set(service.kept("wrote")) == {"/tmp/x"}  # noqa: S108 the unit's own
    assert not Path("/tmp/x").exists()  # noqa: S108 everybody's


def test_a_wrong_option_is_not_tried_again(host: Systemd, embedded_kafka: Kafka) -> None:
    """Whatever the unit says of restarts."""
    service = Service(host, Broker(embedded_kafka))
    service.options(CONSUMER_BATCH_SIZE="0")
    service.control("start")
    state = service.state
    assert (state["ActiveState"], state["ExecMainStatus"]) == ("failed", str(WRONG_OPTION)), service.log()
    assert state["NRestarts"] == "0"
