"""Runs Kafka's own `kafka-producer-perf-test` against the same broker, with settings as near as Java has them."""

import re
import subprocess
import sys
from pathlib import Path

from local.errors import LocalError
from local.kafka import Kafka
from local.kafka.apache import find_java, find_maven, kafka_version
from local.tool import installed

POM = Path(__file__).with_name("pom.xml")
"""Names the tool and what it needs, for Maven."""
_PAYLOAD = 203
"""Bytes of a payload of ours, on average."""


def perf_test(kafka: Kafka, messages: int) -> float | None:
    """Return messages a second for payloads of our size; None where the tool cannot be installed or run."""
    try:
        java = find_java()
        tools = installed("kafka-tools", POM, _download)
    except LocalError as error:
        sys.stderr.write(f"no kafka-producer-perf-test: {error}\n")
        return None
    properties = ["acks=all", "enable.idempotence=true", "compression.type=lz4", "linger.ms=50"]
    command = [java, "-Xmx512m", "-cp", f"{tools}/*", "org.apache.kafka.tools.ProducerPerformance"]
    command += ["--topic", "mt-c400", "--num-records", str(messages), "--record-size", str(_PAYLOAD)]
    command += ["--throughput", "-1", "--producer-props", f"bootstrap.servers={kafka.bootstrap}", *properties]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 - our own
    found = re.findall(r"([\d.]+) records/sec", done.stdout.replace(",", "."))
    if done.returncode or not found:
        sys.stderr.write(f"kafka-producer-perf-test failed:\n{done.stdout[-500:]}{done.stderr[-500:]}\n")
        return None
    return float(found[-1])


def _download(directory: Path) -> None:
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={directory}"]
    command = [
        find_maven(),
        "-q",
        "-B",
        "--strict-checksums",
        "-f",
        str(POM),
        f"-Dkafka.version={kafka_version()}",
        *goal,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        raise LocalError(f"Maven could not fetch Kafka's tools:\n{(done.stdout + done.stderr)[-1000:]}")
