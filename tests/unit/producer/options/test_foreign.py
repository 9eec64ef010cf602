"""What goes with lines of a foreign contract."""

from pathlib import Path

import pytest

from comboio.settings import SettingsError
from producer.options.settings import ProducerSettings


def settings(**options: str) -> ProducerSettings:
    """Read options."""
    environ = {f"PRODUCER_{name.upper()}": value for name, value in options.items()}
    return ProducerSettings.read({"KAFKA_BOOTSTRAP_SERVERS": "localhost:9092", **environ})


def test_a_table_and_a_topic_make_lines_foreign() -> None:
    """With any source of lines."""
    found = settings(routes_file="routes.toml", topic="vehicle.events", source="stdin")
    assert (found.routes_file, found.topic) == (Path("routes.toml"), "vehicle.events")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"routes_file": "r.toml", "source": "stdin"}, "go together"),
        ({"topic": "t", "source": "stdin"}, "go together"),
        ({"routes_file": "r.toml", "topic": "t"}, "synthetic"),
        ({"routes_file": "r.toml", "topic": "t", "source": "stdin", "key_strategy": "codigo"}, "keyed by its entity"),
        ({"routes_file": "r.toml", "topic": "t", "source": "stdin", "faults": "tombstone=1"}, "as it is"),
    ],
)
def test_what_does_not_go_with_them_is_named(options: dict[str, str], says: str) -> None:
    """And what holds instead."""
    with pytest.raises(SettingsError, match=says):
        settings(**options)
