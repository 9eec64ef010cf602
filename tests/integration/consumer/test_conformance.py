"""The contract, run against the consumer as another mapping's maker would run it against theirs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from consumer.conformance.run import Surroundings
from consumer.conformance.situations import SITUATIONS
from local.kafka import Kafka
from local.tool import ROOT

WITH_TIMES = ["--situation", "time"]
"""What the embedded broker cannot show: it does not know which offset a time has."""

OTHERS = [part for each in SITUATIONS if each.name != "time" for part in ("--situation", each.name)]


def hold(kafka: Kafka, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command over a broker, which has the topics."""
    prefix = f"c-{uuid4().hex[:6]}"
    run = Surroundings("", "", "", Path(), prefix)
    for situation in SITUATIONS:
        kafka.create_topics(run.topics(situation))
    command = [sys.executable, "-m", "consumer.conformance", "--kafka", kafka.bootstrap, "--prefix", prefix]
    command += ["--within", "100", *arguments]  # a busy machine starts a mapping in ten seconds, and not in one
    session = {"CONSUMER_SESSION_TIMEOUT_S": f"{kafka.session_timeout_ms / 1000:g}", "CONSUMER_BACKOFF_BASE_S": "0.1"}
    return subprocess.run(  # noqa: S603 our own command
        command, env={**os.environ, **session}, cwd=ROOT, capture_output=True, text=True, timeout=240
    )


@pytest.mark.timeout(240)
def test_the_consumer_keeps_the_contract(embedded_kafka: Kafka, tmp_path: Path) -> None:
    """No row fails, and the rows that AWS leaves open are those that its defaults stand for. Fourteen processes."""
    report = tmp_path / "report.json"
    done = hold(embedded_kafka, "--at-a-time", "4", "--report", str(report), *OTHERS)
    assert done.returncode == 0, done.stdout + done.stderr
    judged = json.loads(report.read_text(encoding="utf-8"))
    assert len(judged) == sum(len(each.rows) for each in SITUATIONS if each.name != "time")
    assert [each["seen"] for each in judged if each["verdict"] == "open"] == [
        "the failed record is delivered again",
        "later records of the partition go on before the retry",
        "a split costs no retry",
        "the failed record is delivered again",
        "retries count, of the failed record alone",
        "it passes",
        "it is delivered once, and not again",
    ]


def test_the_consumer_begins_at_a_time(apache_kafka: Kafka) -> None:
    """Apache Kafka knows which offset a time has."""
    done = hold(apache_kafka, *WITH_TIMES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passes, 0 fails" in done.stdout


def test_a_mapping_that_ends_at_once_fails(embedded_kafka: Kafka) -> None:
    """Its rows fail, and the end of its output is shown."""
    start = f"{sys.executable} -c 'raise SystemExit(\"no such option\")'"
    done = hold(embedded_kafka, "--situation", "error", "--start", start)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "0 passes, 2 fails" in done.stdout and "no such option" in done.stdout


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--start", "/no/such/command"], "cannot be run"),
        (["--endpoint", "nowhere"], "host:port"),
        (["--situation", "none"], "invalid choice"),
        (["--endpoint", "192.0.2.1:9000"], "assign requested address"),
    ],
)
def test_a_wrong_option_is_one_message_and_status_2(embedded_kafka: Kafka, arguments: list[str], says: str) -> None:
    """It says what is wrong, without a traceback, and nothing is judged."""
    done = hold(embedded_kafka, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr and not done.stdout
