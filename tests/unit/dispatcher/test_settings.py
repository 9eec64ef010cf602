"""The dispatcher's options."""

import pytest

from comboio.settings import SettingsError
from dispatcher.settings import DispatcherSettings

GIVEN = {"LEDGER_TABLE": "ledgers", "DEAD_LETTER_QUEUE_URL": "https://sqs/dlq"}


def test_the_required_ones_are_named() -> None:
    """Without a table or a DLQ nothing starts, and both are named."""
    with pytest.raises(SettingsError) as caught:
        DispatcherSettings.from_environment({})
    assert "LEDGER_TABLE is not set" in str(caught.value)
    assert "DEAD_LETTER_QUEUE_URL is not set" in str(caught.value)


def test_defaults_leave_time_to_settle() -> None:
    """By default a call that begins as late as it may is answered or given up before the deadline."""
    found = DispatcherSettings.from_environment(GIVEN)
    assert found.call_timeout_s < found.margin_s


@pytest.mark.parametrize("name", ["max_pending", "abandon_after_s", "checkpoint_s", "margin_s", "call_timeout_s"])
def test_a_bound_holds(name: str) -> None:
    """A number of nothing is refused, under the variable's own name."""
    variable = DispatcherSettings.environment_name(name)
    with pytest.raises(SettingsError, match=variable):
        DispatcherSettings.from_environment({**GIVEN, variable: "0"})


@pytest.mark.robustness("options at their least and their most")
@pytest.mark.parametrize("clusters", [",", " ", ", ;", ";"])
def test_a_list_of_no_cluster_lets_nobody_in(clusters: str) -> None:
    """Whoever sets the clusters means to exclude others: a list that names none is refused, and not for all of them."""
    with pytest.raises(SettingsError, match=r"DISPATCHER_CLUSTERS.*names no cluster"):
        DispatcherSettings.from_environment({**GIVEN, "DISPATCHER_CLUSTERS": clusters})
    assert DispatcherSettings.from_environment({**GIVEN, "DISPATCHER_CLUSTERS": ""}).clusters == ""
