"""The options of the local stack are checked."""

import pytest

from comboio.settings import SettingsError
from local.settings import LocalSettings


@pytest.mark.parametrize("choice", ["embedded", "apache", "localhost:9092", "b-1.example:9092,b-2.example:9092"])
def test_every_way_to_name_a_kafka_is_taken(choice: str) -> None:
    """The two kinds and any list of addresses are choices."""
    assert LocalSettings.from_environment({"KAFKA": choice}).kafka == choice


@pytest.mark.parametrize(
    "choice", ["kafka", "localhost", "localhost:", "localhost:9092,", "http://localhost:9092", "a b:1"]
)
def test_what_names_no_kafka_is_refused_by_name(choice: str) -> None:
    """A wrong choice stops with the variable and what is allowed."""
    with pytest.raises(SettingsError, match=r"KAFKA is .*embedded, apache or host:port"):
        LocalSettings.from_environment({"KAFKA": choice})


@pytest.mark.parametrize("name", ["LOCAL_KAFKA_PORT", "LOCAL_AWS_PORT"])
@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(name: str, port: str) -> None:
    """Ports are numbers from 1 to 65535."""
    with pytest.raises(SettingsError, match=name):
        LocalSettings.from_environment({name: port})
