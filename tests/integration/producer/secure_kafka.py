"""An Apache Kafka that takes TLS and SASL/SCRAM, with certificates made for it."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from comboio.host.new_topics import create_topics
from local import port as ports
from local.kafka.apache import (
    FOR_A_SHORT_LIFE,
    find_java,
    format_storage,
    kafka_classpath,
    leaves_in,
    server_properties,
)
from local.server import inherited_environment, running, scratch_directory
from tests.integration.producer.broker import TOPICS
from tests.support.frozen import freeze, thaw

USER, PASSWORD = "comboio", "s3cret-s3cret"


@dataclass(frozen=True)
class SecureKafka:
    """Its addresses; `authority` signed its certificate, `stranger` did not."""

    plain: str
    tls: str
    scram: str
    authority: Path
    stranger: Path
    pids: list[int]

    def freeze(self) -> None:
        """Make the broker itself silent, with all connections open."""
        freeze(self.pids)

    def thaw(self) -> None:
        """Let it go on, with what came meanwhile."""
        thaw(self.pids)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True)  # noqa: S607 - everybody's ps
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def _authority(directory: Path, name: str) -> Path:
    certificate = directory / f"{name}.pem"
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"),
        *("-keyout", str(directory / f"{name}.key"), "-out", str(certificate)),
    )
    return certificate


def _keystore(directory: Path, authority: Path) -> Path:
    """Key and certificate of the broker, for the loopback address, in the PEM form that Kafka reads."""
    key, request, certificate = directory / "broker.key", directory / "broker.csr", directory / "broker.pem"
    names = directory / "names"
    names.write_text("subjectAltName=IP:127.0.0.1\n")
    _openssl("genpkey", "-algorithm", "RSA", "-out", str(key))
    _openssl("req", "-new", "-key", str(key), "-subj", "/CN=broker", "-out", str(request))
    _openssl(
        *("x509", "-req", "-in", str(request), "-days", "2", "-extfile", str(names), "-out", str(certificate)),
        *("-CA", str(authority), "-CAkey", str(authority.with_suffix(".key")), "-CAcreateserial"),
    )
    both = directory / "keystore.pem"
    both.write_text(key.read_text() + certificate.read_text() + authority.read_text())
    return both


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)  # noqa: S603, S607 - our own arguments


@contextmanager
def secure_kafka() -> Iterator[SecureKafka]:
    """One broker with the domain's topics, gone at the end.

    Raises:
        LocalError: no Java, no Maven, or it does not start.
    """
    java = find_java()
    classpath = kafka_classpath()
    plain, controller, tls, scram = (ports.free() for _ in range(4))
    with scratch_directory("secure-kafka") as scratch:
        authority, stranger = _authority(scratch, "authority"), _authority(scratch, "stranger")
        listeners = f"PLAINTEXT://127.0.0.1:{plain},SSL://127.0.0.1:{tls},SASL_SSL://127.0.0.1:{scram}"
        own = server_properties(scratch / "data", plain, controller)
        own = re.sub(r"(?m)^(advertised\.)?listeners=.*\n", "", own) + "".join(
            f"{name}={value}\n"
            for name, value in {
                "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
                "advertised.listeners": listeners,
                "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": _keystore(scratch, authority),
                "sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;"
                ),
            }.items()
        )
        properties = scratch / "server.properties"
        properties.write_text(own)
        format_storage(java, classpath, properties, "--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")
        options = ["-Xmx512m", *FOR_A_SHORT_LIFE, "-Djava.net.preferIPv4Stack=true", leaves_in(scratch)]
        start = [java, *options, "-cp", classpath, "kafka.Kafka", str(properties)]
        with running("Apache Kafka with TLS", start, inherited_environment(), scratch) as server:
            client = AdminClient({"bootstrap.servers": f"127.0.0.1:{plain}", "log_level": 0})

            def answers() -> bool:
                try:
                    return ports.answers(plain) and client.list_topics(timeout=2) is not None
                except KafkaException:
                    return False

            def made() -> bool:
                """Create the topics; False while the broker is still fenced, and takes none."""
                try:
                    create_topics(client, [NewTopic(*topic, 1) for topic in TOPICS.items()], 20)
                except KafkaException:
                    return False
                return True

            server.wait_until(answers, 60)
            server.wait_until(made, 60)
            yield SecureKafka(
                f"127.0.0.1:{plain}",
                f"127.0.0.1:{tls}",
                f"127.0.0.1:{scram}",
                authority,
                stranger,
                _children(server.process.pid),
            )
