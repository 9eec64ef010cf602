"""The units under systemd itself, with all that they are kept from."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from consumer import main as consumer
from local.kafka import Kafka
from local.kafka import broker as local_broker
from producer import main as producer
from tests.integration.consumer.conftest import Broker, until
from tests.integration.ops.install.real_systemd import WITHIN_S, Systemd, systemd
from tests.integration.ops.install.test_units import unit
from tests.integration.producer.broker import TOPICS

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
"""What the tests add to the units: a restart at once, and a log where there is no journal."""

WATCHDOG_S = 2
"""The watchdog's time in these tests: the loops tell four times in it."""

ENDED = "Fatal Python error: Aborted"
"""What a process logs that the watchdog ends, before it says where it stood."""


class Service:
    """An instance of a service."""

    def __init__(self, host: Systemd, service: str, **options: str) -> None:
        """Write its own options."""
        self._host = host
        self._service = service
        self._name = uuid4().hex[:6]
        self._unit = f"comboio-{service}@{self._name}"
        if service == "producer":
            own = f"/var/lib/comboio-producer/{self._name}"
            options = {"PRODUCER_STATS_FILE": f"{own}/stats", "PRODUCER_ACK_JOURNAL": f"{own}/acks", **options}
        text = "".join(f"{name}={value}\n" for name, value in options.items())
        host.write(f"/etc/comboio/{service}-{self._name}.env", text)

    def control(self, verb: str, *arguments: str) -> None:
        """Do with it what `systemctl` does, whether it succeeds or not."""
        self._host.run("systemctl", verb, *arguments, self._unit)

    def watched(self) -> None:
        """Give it a watchdog with less patience than its unit has."""
        folder = f"/run/systemd/system/{self._unit}.service.d"
        self._host.run("mkdir", "-p", folder).check_returncode()
        self._host.write(f"{folder}/watchdog.conf", f"[Service]\nWatchdogSec={WATCHDOG_S}\n")
        self._host.run("systemctl", "daemon-reload").check_returncode()

    def log(self) -> str:
        """Return what the instances of all services have logged."""
        return self._host.read("/run/log")

    @property
    def state(self) -> Mapping[str, str]:
        """What systemd knows of it."""
        return self._host.state(self._unit)

    def is_back(self) -> bool:
        """Return whether it was started again, and is ready."""
        state = self.state
        return int(state["NRestarts"]) > 0 and state["ActiveState"] == "active"

    def figures(self) -> Mapping[str, Any]:
        """Return the last figures of a producer; none before it has written some."""
        lines = self.kept("stats")
        return json.loads(lines[-1]) if lines else {}

    def kept(self, name: str) -> list[str]:
        """Return the lines of a file in its state directory."""
        return self._host.read(f"/var/lib/private/comboio-{self._service}/{self._name}/{name}").splitlines()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, embedded_kafka: Kafka) -> Iterator[Systemd]:
    """Give a host with the units, and options that all instances of a service have."""
    units = {service: unit(service) + QUICK for service in ("consumer", "producer")}
    with systemd(tmp_path_factory.mktemp("systemd"), units, FUNCTIONS) as host:
        kafka = f"KAFKA_BOOTSTRAP_SERVERS={embedded_kafka.bootstrap}\n"
        host.write(
            "/etc/comboio/consumer.env",
            f"{kafka}CONSUMER_FUNCTION=functions.of_tests:handle\nCONSUMER_BATCH_WINDOW_S=0.05\n"
            f"CONSUMER_SESSION_TIMEOUT_S={embedded_kafka.session_timeout_ms / 1000:g}\n",
        )
        host.write("/etc/comboio/producer.env", f"{kafka}PRODUCER_STATS_INTERVAL=0.1\nPRODUCER_RATE=200\n")
        yield host


@pytest.fixture
def broker(embedded_kafka: Kafka) -> Broker:
    """Give a broker with a topic of the test's own."""
    return Broker(embedded_kafka)


def consuming(host: Systemd, broker: Broker, **options: str) -> Service:
    """Return an instance of the consumer, for the test's own topic."""
    return Service(host, "consumer", **{"CONSUMER_TOPICS": broker.topic, "CONSUMER_GROUP_ID": broker.group, **options})


def producing(host: Systemd, **options: str) -> Service:
    """Return an instance of the producer."""
    return Service(host, "producer", **options)


def test_the_consumer_is_ready_comes_back_and_drains(host: Systemd, broker: Broker) -> None:
    """It is started once it is ready, and again when it is killed; a stop waits for the batch in flight and commits it;
    and its function writes into its own state and its own /tmp, and nowhere else. Two starts take over a second."""
    service = consuming(host, broker)
    service.control("start")
    assert service.state["ActiveState"] == "active", service.log()
    service.control("kill", "--signal=KILL")
    until(service.is_back, "again", WITHIN_S)
    broker.produce(8)
    until(lambda: bool(service.kept("began")), "a batch is in flight", WITHIN_S)
    service.control("stop")
    assert (service.state["ActiveState"], service.state["Result"]) == ("inactive", "success"), service.log()
    committed = sum(max(0, offset) for offset in broker.committed().values())
    assert committed == sum(map(int, service.kept("began"))) > 0
    assert set(service.kept("wrote")) == {"/tmp/x"}  # noqa: S108 the unit's own
    assert not Path("/tmp/x").exists()  # noqa: S108 everybody's


def test_the_producer_is_ready_comes_back_and_drains(host: Systemd, embedded_kafka: Kafka) -> None:
    """It is started once Kafka has answered, and again when it is killed, and a stop leaves nothing unacknowledged. Two
    starts take over a second."""
    embedded_kafka.create_topics(TOPICS)
    service = producing(host)
    service.control("start")
    assert service.state["ActiveState"] == "active", service.log()
    service.control("kill", "--signal=KILL")
    before = len(service.kept("acks"))  # of the one that was killed; the next one is not up so soon
    until(service.is_back, "again", WITHIN_S)
    until(lambda: service.figures().get("acked", 0) > 0, "messages are acknowledged", WITHIN_S)
    service.control("stop")
    assert (service.state["ActiveState"], service.state["Result"]) == ("inactive", "success"), service.log()
    last = service.figures()
    assert last["final"]
    assert last["produced"] + last["recovered"] == last["acked"] == len(service.kept("acks")) - before
    assert (last["errors"], last["queue"], last["spooled"]) == (0, 0, 0)


@pytest.mark.parametrize("service", ["consumer", "producer"])
def test_a_loop_that_stands_still_is_ended_and_comes_back(
    host: Systemd, broker: Broker, embedded_kafka: Kafka, service: str
) -> None:
    """The watchdog of the unit ends it, the log says so, no core is written, and it is started again. It waits for the
    watchdog's time, two seconds here."""
    embedded_kafka.create_topics(TOPICS)
    instance = consuming(host, broker) if service == "consumer" else producing(host)
    assert "WatchdogSec=" in unit(service)
    instance.watched()
    told = instance.log().count(ENDED)
    instance.control("start")
    assert (instance.state["ActiveState"], instance.state["NRestarts"]) == ("active", "0"), instance.log()
    instance.control("kill", "--signal=STOP")
    until(instance.is_back, "again", WITHIN_S)
    assert (instance.log().count(ENDED) - told, instance.state["LimitCORE"]) == (1, "0")
    instance.control("stop")
    assert instance.state["ActiveState"] == "inactive", instance.log()


def test_a_wrong_option_is_not_tried_again(host: Systemd, broker: Broker) -> None:
    """Whatever the units say of restarts: it is told once, and the unit stays failed, with the status."""
    wrong = {
        "CONSUMER_BATCH_SIZE": (consuming(host, broker, CONSUMER_BATCH_SIZE="0"), consumer.WRONG_OPTION),
        "PRODUCER_THREADS": (producing(host, PRODUCER_THREADS="0"), producer.WRONG_OPTION),
    }
    for option, (service, status) in wrong.items():
        service.control("start")
        state = service.state
        found = state["ActiveState"], state["Result"], state["ExecMainStatus"], state["NRestarts"]
        assert found == ("failed", "exit-code", str(status), "0"), service.log()
        assert service.log().count(option) == 1


def test_a_run_that_is_over_stays_over(host: Systemd, embedded_kafka: Kafka) -> None:
    """A producer that has sent all it was to send is not started again, which would send as much again."""
    embedded_kafka.create_topics(TOPICS)
    service = producing(host, PRODUCER_MESSAGES="20")
    service.control("start")
    until(lambda: service.state["ActiveState"] == "inactive", "it has ended", WITHIN_S)
    state = service.state
    assert (state["Result"], state["ExecMainStatus"], state["NRestarts"]) == ("success", "0", "0"), service.log()
    assert len(service.kept("acks")) == 20


def test_what_is_spooled_at_the_end_of_a_run_has_a_next_start(host: Systemd) -> None:
    """Kafka goes away while the last messages are sent: they are in the spool, and the unit is started until they are
    not. It waits a second for Kafka, as it is told here."""
    with local_broker("embedded", TOPICS) as kafka:
        options = {"PRODUCER_MESSAGES": "400", "PRODUCER_FLUSH_TIMEOUT": "1"}
        service = producing(host, KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap, **options)
        service.control("start")
        assert service.state["ActiveState"] == "active", service.log()
    until(lambda: int(service.state["NRestarts"]) > 1, "again and again", WITHIN_S)
    service.control("stop")
    final = json.loads(next(line for line in service.kept("stats") if json.loads(line).get("final")))
    assert final["spooled"] > 0
    assert final["acked"] + final["spooled"] == 400
