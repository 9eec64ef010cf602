"""Apache Kafka itself, from its Maven artefacts: one KRaft node on loopback."""

import re
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from confluent_kafka import KafkaException

from local import port as ports
from local.errors import LocalError, MissingError
from local.kafka.cluster import Kafka
from local.kafka.topic import create_missing, partitions_by_topic
from local.progress import Progress, silence
from local.server import inherited_environment, running, scratch_directory
from local.tool import TOOLS, installed

POM = Path(__file__).with_name("pom.xml")
"""Pins Kafka's version."""

_JAVA_AT_LEAST = 17
"""The oldest Java that Kafka 4 runs on."""

START_WITHIN_S = 180.0
"""Seconds for a start, which takes five on an idle machine, and over sixty beside others."""

SESSION_TIMEOUT_MS = 3000
"""Allowed by group.min.session.timeout.ms below. Most clusters require 6 s, too long for the faults of a short run."""

HEAP = "-Xmx1g"
"""More than a short run needs, and little enough for a laptop."""

FOR_A_SHORT_LIFE = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""A broker of minutes gains nothing from the second compiler and a concurrent collector, and pays for both."""

LOOPBACK_IS_IPV4 = "-Djava.net.preferIPv4Stack=true"
"""Clients connect to 127.0.0.1."""

QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
"""The log is read only when something is wrong."""


def leaves_in(folder: Path) -> str:
    """Return the option by which Java has its temporary files in a folder: one that is killed leaves them behind."""
    return f"-Djava.io.tmpdir={folder}"


@contextmanager
def apache(
    topics: Mapping[str, int], port: int | None = None, progress: Progress = silence, tools: Path = TOOLS
) -> Iterator[Kafka]:
    """Run a broker and controller in one process for the length of the block, and delete its data afterwards.

    Args:
        topics: partitions by name.
        port: where clients connect; any free one if None.
        progress: called with the download and the start.
        tools: where the artefacts are kept.

    Raises:
        MissingError: no Java, or no Maven to fetch Kafka with.
        LocalError: the port is in use, or Kafka does not start.
    """
    java = find_java()
    listener = ports.asked_or_free(port, "LOCAL_KAFKA_PORT")
    classpath = kafka_classpath(progress, tools)
    bootstrap = f"{ports.LOOPBACK}:{listener}"

    def answers() -> bool:
        try:
            # Asking for an open port first is cheaper than starting Kafka's client.
            return ports.answers(listener) and partitions_by_topic(bootstrap, 2.0) is not None
        except KafkaException:
            return False

    def create_topics(wanted: Mapping[str, int]) -> None:
        create_missing(bootstrap, wanted)

    with scratch_directory("kafka") as scratch:
        progress(f"Starting Apache Kafka {kafka_version()} on port {listener}")
        properties = scratch / "server.properties"
        properties.write_text(server_properties(scratch / "data", listener, ports.free()))
        format_storage(java, classpath, properties)
        command = [
            java,
            HEAP,
            *FOR_A_SHORT_LIFE,
            LOOPBACK_IS_IPV4,
            leaves_in(scratch),
            *QUIET,
            "-cp",
            classpath,
            "kafka.Kafka",
            str(properties),
        ]
        with running("Apache Kafka", command, inherited_environment(), scratch) as server:
            server.wait_until(answers, START_WITHIN_S)
            create_topics(topics)
            yield Kafka(bootstrap, "apache", f"Apache Kafka {kafka_version()}", SESSION_TIMEOUT_MS, create_topics)


def find_java(path: str | None = None) -> str:
    """Return a Java that can run Kafka, from the PATH or from `path`.

    Raises:
        MissingError: there is none, or it is too old.
    """
    java = shutil.which("java", path=path)
    found = ""
    if java:
        # On macOS without Java, `java` exists and only says that Java is missing.
        found = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    version = re.search(r'version "(\d+)', found)
    if java is None or version is None:
        raise MissingError(
            f"KAFKA=apache needs Java {_JAVA_AT_LEAST} or later, and there is no working `java` on the PATH. Install "
            f"one (Debian and Ubuntu: apt install openjdk-17-jre-headless), or use KAFKA=embedded, which needs none."
        )
    if int(version[1]) < _JAVA_AT_LEAST:
        raise MissingError(
            f"KAFKA=apache needs Java {_JAVA_AT_LEAST} or later; {java} is {version[1]}. Put a later one first on the "
            f"PATH, or use KAFKA=embedded, which needs none."
        )
    return java


def kafka_version(pom: Path = POM) -> str:
    """Return the version that the project file pins."""
    namespace = {"m": "http://maven.apache.org/POM/4.0.0"}
    version = ElementTree.parse(pom).findtext("m:properties/m:kafka.version", namespaces=namespace)  # noqa: S314 - our own file
    if not version:
        raise LocalError(f"{pom} names no kafka.version.")
    return version


def server_properties(data: Path, listener: int, controller: int) -> str:
    """Return the node's configuration: loopback only, one replica, no wait before the first assignment."""
    host = ports.LOOPBACK
    options = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{host}:{controller}",
        "listeners": f"PLAINTEXT://{host}:{listener},CONTROLLER://{host}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{host}:{listener}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "default.replication.factor": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
    }
    return "".join(f"{name}={value}\n" for name, value in options.items())


def kafka_classpath(progress: Progress = silence, tools: Path = TOOLS) -> str:
    """Return the class path of Kafka, which Maven fetches the first time.

    Raises:
        MissingError: no Maven.
        LocalError: Maven could not fetch it.
    """
    return f"{installed('apache-kafka', POM, lambda to: _download(to, kafka_version(), progress), tools)}/*"


def new_cluster_id() -> str:
    """Return an id for a cluster, as `kafka-storage random-uuid` makes them."""
    # One that starts with a dash would be taken for an option by Kafka's other commands.
    return "k" + urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]


def format_storage(java: str, classpath: str, properties: Path, *options: str, cluster_id: str = "") -> None:
    """Format the node's data directory, with further options of `kafka-storage format`.

    The nodes of a cluster have one `cluster_id`; unset is a new one.

    Raises:
        LocalError: Kafka refused; the message has its output.
    """
    command = [java, *FOR_A_SHORT_LIFE, *QUIET, "-cp", classpath, "kafka.tools.StorageTool", "format"]
    command += [f"--cluster-id={cluster_id or new_cluster_id()}", "--config", str(properties), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        raise LocalError(
            f"Apache Kafka could not format its storage (status {done.returncode}):\n{done.stdout}{done.stderr}"
        )


def find_maven(path: str | None = None) -> str:
    """Return Maven, from the PATH or from `path`.

    Raises:
        MissingError: there is none.
    """
    maven = shutil.which("mvn", path=path)
    if maven is None:
        raise MissingError(
            "KAFKA=apache takes Apache Kafka from Maven Central with Maven, and there is no `mvn` on the PATH. Install "
            "it (Debian and Ubuntu: apt install maven), or use KAFKA=embedded, which needs none."
        )
    return maven


def _download(directory: Path, version: str, progress: Progress) -> None:
    maven = find_maven()
    progress(f"Fetching Apache Kafka {version} with Maven into .tools/apache-kafka (once, about 45 MB)")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={directory}"]
    command = [maven, "-q", "-B", "--strict-checksums", "-f", str(POM), *goal]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        raise LocalError(
            f"Maven could not fetch Apache Kafka {version} (status {done.returncode}). Is Maven Central reachable?\n"
            f"{(done.stdout + done.stderr).strip()[-2000:]}"
        )
