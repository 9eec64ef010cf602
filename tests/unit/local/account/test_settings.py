"""What `make aws-check` is told, and the names that it gives."""

import pytest

from comboio.routing.table import load
from comboio.settings import SettingsError
from local.account.account import the_account
from local.account.estimate import estimate
from local.account.settings import CheckSettings
from local.account.topics import RunNames
from local.errors import LocalError
from local.kafka import TOPICS

CLUSTER = "arn:aws:kafka:eu-west-1:123456789012:cluster/trucks/0a1b-1"
GIVEN = {"ACCOUNT": "123456789012", "MSK_CLUSTER_ARN": CLUSTER}


@pytest.mark.parametrize(
    "changed",
    [
        {"ACCOUNT": ""},
        {"MSK_CLUSTER_ARN": ""},
        {"NAME": "comboio"},
        {"NAME": "production"},
        {"NAME": "comboio-check-"},
        {"ENDPOINT": "https://example"},
        {"MSK_CLUSTER_ARN": "trucks"},
        {"ENDPOINT": "local", "REMOVE": "true"},
    ],
)
def test_what_could_touch_somebody_s_stack_is_refused(changed: dict[str, str]) -> None:
    """An account and a cluster are named, and the name has the command's own prefix."""
    with pytest.raises(SettingsError):
        CheckSettings.from_environment(GIVEN | changed)


def test_the_region_is_the_cluster_s() -> None:
    """Nothing is made in the profile's region by mistake."""
    assert CheckSettings.from_environment(GIVEN).region == "eu-west-1"


def test_an_endpoint_in_the_environment_is_refused() -> None:
    """A variable that leads the clients elsewhere is named, and nobody is asked anything."""
    settings = CheckSettings.from_environment(GIVEN)
    with pytest.raises(LocalError, match="AWS_ENDPOINT_URL_S3"):
        the_account(settings, {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"})


def test_topics_files_and_routes_name_the_run_s_topics_only() -> None:
    """Producer and dispatcher of a run have its names wherever the shipped files have a topic's."""
    names = RunNames("comboio-check")
    for text in (names.topics_file(), names.routing_table()):
        for topic in TOPICS:
            assert f'"{topic}"' not in text
            assert f"[topics.{topic}]" not in text
            assert f"comboio-check-{topic}" in text
    queues = {f"ROUTE_{name}_QUEUE_URL": "https://q" for name in ("TELEMETRY", "EVENTS", "ALERTS")}
    load(names.routing_table(), queues)
    assert set(names.parameters().values()) == set(names.by_shipped.values())


def test_a_run_costs_cents_and_more_if_it_is_longer() -> None:
    """The estimate is of the run's own time, by the planner's prices."""
    short, long = (estimate(CheckSettings.from_environment(GIVEN | {"DURATION": text})).usd for text in ("60", "600"))
    assert 0.01 < short < long < 5
