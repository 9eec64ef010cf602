"""A mapping's pollers are the consumer's, as far as one process and the function can have them."""

from typing import Any

import pytest

from comboio.settings import SettingsError
from consumer.configuration.declared import MappingConfiguration
from consumer.configuration.options import given
from consumer.configuration.provisioned_pollers import ONE_AT_A_TIME
from consumer.configuration.resolve import Unknown
from consumer.configuration.which import configured
from consumer.inflight.pollers import MOST_POLLERS, PollerLimits
from consumer.settings import ConsumerSettings
from tests.support.template import ROOT

REQUIRED = {"KAFKA_BOOTSTRAP_SERVERS": "h:1", "CONSUMER_TOPICS": "t", "CONSUMER_FUNCTION": "f"}
TEMPLATE = {
    "KAFKA_BOOTSTRAP_SERVERS": "h:1",
    "CONSUMER_TEMPLATE": str(ROOT / "template.yaml"),
    "CONSUMER_MAPPING": "HeavyMapping",
    "CONSUMER_PARAMETERS": "MinimumPollers=2 MaximumPollers=6",
    "CONSUMER_ON_FAILURE": "/discarded",
}


def settings(pollers: Any, **own: str) -> ConsumerSettings:
    found = given(MappingConfiguration("M", {"ProvisionedPollerConfig": pollers}))
    options = {each.variable: each.value for each in found if not each.sentence}
    return ConsumerSettings.from_environment({**options, **REQUIRED, **own})


def sentences(pollers: Any) -> str:
    return "\n".join(each.sentence for each in given(MappingConfiguration("M", {"ProvisionedPollerConfig": pollers})))


def test_pollers_of_a_mapping_have_five_invocations_each() -> None:
    """Minimum and maximum are the mapping's; without a mapping there is one invocation at a time."""
    found = settings({"MinimumPollers": 2, "MaximumPollers": 4})
    assert (found.pollers.minimum, found.pollers.maximum, found.pollers.invocations) == (2, 4, 5)
    assert found.invocations == 20
    assert "oller" not in sentences({"MinimumPollers": 2, "MaximumPollers": 4})
    own = ConsumerSettings.from_environment(REQUIRED)
    assert (own.pollers, own.invocations) == (PollerLimits(1, 1, 1), 1)


def test_more_than_a_process_has_are_named() -> None:
    """So is the default of AWS, where the mapping gives a minimum alone."""
    found = settings({"MinimumPollers": 200, "MaximumPollers": 2_000})
    assert (found.pollers.minimum, found.pollers.maximum) == (MOST_POLLERS, MOST_POLLERS)
    assert "MinimumPollers is 200" in sentences({"MinimumPollers": 200, "MaximumPollers": 2_000})
    assert settings({"MinimumPollers": 1}).pollers.maximum == MOST_POLLERS
    assert "MaximumPollers is 200" in sentences({"MinimumPollers": 1})


def test_a_poller_group_is_named() -> None:
    """Its mappings share pollers in AWS; here each process has its own."""
    assert "PollerGroupName is not honoured" in sentences({"MinimumPollers": 1, "PollerGroupName": "g"})


def test_pollers_that_a_deployment_decides_are_named_and_not_guessed() -> None:
    """The sentence has the option to set; the other number holds."""
    pollers = {"MinimumPollers": 3, "MaximumPollers": Unknown("the parameter P, which has no value", "P")}
    assert "MaximumPollers is the parameter P, which has no value. Set CONSUMER_MAXIMUM_POLLERS." in sentences(pollers)
    assert settings(pollers).pollers.minimum == settings(pollers).pollers.maximum == 3


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize("wrong", ["many", "-1", 0, 1.5, [3], {"a": 1}, True, None, "³"])
def test_what_is_no_number_of_pollers_is_refused(wrong: Any) -> None:
    """Whatever a template has there; the error names the option."""
    with pytest.raises(SettingsError, match="CONSUMER_MINIMUM_POLLERS"):
        settings({"MinimumPollers": wrong, "MaximumPollers": 9})


@pytest.mark.robustness("bad input to a command or a template")
def test_a_maximum_below_the_minimum_is_refused() -> None:
    """As AWS refuses it."""
    with pytest.raises(SettingsError, match="CONSUMER_MAXIMUM_POLLERS is below CONSUMER_MINIMUM_POLLERS"):
        settings({"MinimumPollers": 4, "MaximumPollers": 3})


@pytest.mark.parametrize(
    ("function", "invocations"),
    [
        ("", 1),  # the template's handler, in this process
        ("http://h:1", 1),
        ("http://h:1,http://h:2,http://h:3", 3),
        ("arn:aws:lambda:eu-west-1:1:function:f", 30),
        ("f", 30),
    ],
)
def test_a_function_is_not_asked_for_more_than_it_takes(function: str, invocations: int) -> None:
    """A handler in this process or an emulator takes one event at a time, and the mapping's pollers are named then."""
    found = configured({**TEMPLATE, "CONSUMER_FUNCTION": function})
    assert ConsumerSettings.from_environment(found.environ).invocations == invocations
    assert any(ONE_AT_A_TIME in each for each in found.sentences) == (invocations == 1)


def test_own_concurrency_counts_whatever_the_function() -> None:
    """Who says that a handler is safe for several events at a time gets them."""
    own = {"CONSUMER_CONCURRENCY": "3", "CONSUMER_MINIMUM_POLLERS": "2"}
    assert ConsumerSettings.from_environment(configured({**TEMPLATE, **own}).environ).invocations == 6
