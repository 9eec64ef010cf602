"""The producer runs with each option at its least and its most allowed value."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer

import pytest

from local.adopt.registry import LocalRegistry, served
from producer.metrics.meter import Figures
from producer.options.settings import ProducerSettings
from producer.run import Controls
from producer.service import run
from producer.topics.file import SHIPPED
from tests.integration.producer.broker import Broker, mock_broker
from tests.integration.producer.test_schemas import GOOD, SCHEMAS
from tests.support.option_edges import edges, with_schema

NOT_RUN = {
    ("PRODUCER_SECURITY", "tls"),
    ("PRODUCER_SECURITY", "scram"),
    ("PRODUCER_SECURITY", "msk-iam"),
    ("PRODUCER_SOURCE", "stdin"),
}
"""What the mock cluster does not have, and what is this process's own."""

MESSAGES = 20
"""Messages of a run, which are enough to need more than one turn."""

LONGEST_S = 30.0
"""Seconds after which a run stands still; none takes a tenth of it."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Broker]:
    """Run a cluster for all of these tests: each looks at what it produced itself."""
    with mock_broker() as running:
        yield running


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """Run a registry that has no schema yet."""
    with served(LocalRegistry({})) as address:
        yield address


@pytest.mark.robustness("options at their least and their most")
@pytest.mark.parametrize(("variable", "value"), [each for each in edges(ProducerSettings) if each not in NOT_RUN])
def test_no_allowed_value_stands_still(
    variable: str, value: str, cluster: Broker, registry: str, tmp_path: Path
) -> None:
    """Every message is acknowledged, none is refused or left, and the run ends by itself or when it is told to."""
    source = tmp_path / "in"
    source.mkdir()
    beside = with_schema(variable, value)
    documents = GOOD if beside else [{"codigo": 301, "truck_id": f"T-{number}"} for number in range(MESSAGES)]
    (source / "a.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in documents[:MESSAGES]))
    topics = tmp_path / "topics.toml"
    topics.write_text(SHIPPED.read_text().replace('known = ["300-399"]', 'known = ["300-1299"]'))
    settings = ProducerSettings.from_environment(
        {
            "KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap,
            "PRODUCER_MESSAGES": str(MESSAGES),
            "PRODUCER_LINGER_MS": "5",
            "PRODUCER_STATE_DIR": str(tmp_path / "state"),
            "PRODUCER_SOURCE_PATH": str(source if value == "directory" else source / "a.jsonl"),
            "PRODUCER_TOPICS_FILE": str(topics),
            "PRODUCER_STATS_INTERVAL": "0.1",
            **(beside and _schema(beside.get("PRODUCER_FORMAT", value), variable, value, registry, tmp_path)),
            variable: value,
        }
    )
    stop = Event()

    def enough(figures: Figures) -> None:
        if figures.acked >= MESSAGES:
            stop.set()

    late = Timer(LONGEST_S, stop.set)
    late.start()
    try:
        figures = run(settings, Controls(stop, enough))
    finally:
        late.cancel()
    spooled = 0 if settings.flush_timeout else figures.spooled
    assert figures.acked + spooled >= MESSAGES
    assert (figures.errors, figures.rejected, figures.queue, figures.spooled - spooled) == (0, 0, 0, 0)
    assert figures.elapsed_s < LONGEST_S


def _schema(written: str, variable: str, value: str, registry: str, tmp_path: Path) -> dict[str, str]:
    """Return what a format needs whose schema its own file registers."""
    file = tmp_path / "schema"
    file.write_text(SCHEMAS[written])
    by_record = written == "protobuf" or (variable, value) == ("PRODUCER_SUBJECT_NAMES", "record")
    return {
        "PRODUCER_SOURCE": "file",
        "PRODUCER_FORMAT": written,
        "PRODUCER_REGISTRY": registry,
        "PRODUCER_SCHEMA_FILE": str(file),
        "PRODUCER_SCHEMA_REGISTER": "true",
        **({"PRODUCER_SCHEMA_RECORD": "Reading"} if by_record else {}),
    }
