"""The consumer finds the one mapping that is meant, and its own options override it."""

from pathlib import Path
from typing import Any

import pytest

from comboio.settings import SettingsError
from consumer.configuration.template import TemplateError
from consumer.configuration.which import configured
from consumer.settings import ConsumerSettings
from tests.support.template import ROOT

TEMPLATE = {"CONSUMER_TEMPLATE": str(ROOT / "template.yaml"), "KAFKA_BOOTSTRAP_SERVERS": "h:1"}


def no_client(service: str) -> Any:
    raise AssertionError(f"nothing of AWS is asked: {service}")


def test_without_a_mapping_nothing_changes() -> None:
    """The consumer's own options say all."""
    found = configured({"CONSUMER_TOPICS": "t"}, connect=no_client)
    assert found.environ == {"CONSUMER_TOPICS": "t"}
    assert found.sentences == []


def test_own_options_override_the_mapping(tmp_path: Path) -> None:
    """An option in the environment, or in a file, counts over the mapping's, and what it replaces needs no sentence."""
    secret = tmp_path / "topics"
    secret.write_text("mine")
    own = {"CONSUMER_BATCH_SIZE": "5", "CONSUMER_TOPICS_FILE": str(secret), "CONSUMER_ON_FAILURE": str(tmp_path)}
    found = configured({**TEMPLATE, "CONSUMER_MAPPING": "HeavyMapping", **own}, connect=no_client)
    settings = ConsumerSettings.from_environment(found.environ)
    assert (settings.batch_size, settings.topics, settings.on_failure) == (5, "mine", str(tmp_path))
    assert settings.group_id == "comboio-dispatcher-mt-c400"
    assert not any("DestinationConfig" in each for each in found.sentences)
    assert all(each.startswith("mapping HeavyMapping/Mapping: ") for each in found.sentences)


def test_the_command_line_has_the_last_word_on_parameters() -> None:
    """--parameter is over CONSUMER_PARAMETERS, and that over the default."""
    environ = {**TEMPLATE, "CONSUMER_MAPPING": "LightMapping", "CONSUMER_PARAMETERS": "LightTopic=a BatchSize=3"}
    found = configured(environ, {"LightTopic": "b"}, no_client).environ
    assert (found["CONSUMER_TOPICS"], found["CONSUMER_BATCH_SIZE"]) == ("b", "3")


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize("name", ["", "Mapping", "Missing"])
def test_a_mapping_that_is_not_clear_lists_those_that_there_are(name: str) -> None:
    """None, more than one, or an unknown one: the error has their names."""
    with pytest.raises(TemplateError, match=r"HeavyMapping/Mapping.*LightMapping/Mapping"):
        configured({**TEMPLATE, "CONSUMER_MAPPING": name}, connect=no_client)


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    "environ", [{**TEMPLATE, "CONSUMER_STACK": "s"}, {"CONSUMER_MAPPING": "HeavyMapping"}], ids=["both", "neither"]
)
def test_options_that_contradict_each_other_are_refused(environ: dict[str, str]) -> None:
    """A template and a stack together, or a name of neither."""
    with pytest.raises(SettingsError, match="CONSUMER_STACK"):
        configured(environ, connect=no_client)


@pytest.mark.robustness("bad input to a command or a template")
def test_a_parameter_without_a_template_is_refused() -> None:
    """It would have no effect."""
    with pytest.raises(TemplateError, match="CONSUMER_TEMPLATE"):
        configured({}, {"A": "1"}, no_client)
