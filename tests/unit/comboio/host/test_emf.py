"""What the CloudWatch agent takes, and what becomes of it where there is none."""

import json
import socket

import pytest
from pydantic import TypeAdapter, ValidationError

from comboio.host.emf import AgentAddress, agent, document


def test_a_document_says_what_is_a_metric_and_what_is_not() -> None:
    """Its directive names the metrics with their units, and the dimensions; properties are beside them."""
    made = document("N", 7, {"Topic": "t"}, {"Lag": [1, 2]}, {"Lag": "Count", "Other": "Count"}, {"Worst": "t-1"})
    directive = {"Namespace": "N", "Dimensions": [["Topic"]], "Metrics": [{"Name": "Lag", "Unit": "Count"}]}
    assert made == {
        "_aws": {"Timestamp": 7, "CloudWatchMetrics": [directive]},
        "Topic": "t",
        "Lag": [1, 2],
        "Worst": "t-1",
    }


@pytest.mark.parametrize(("where", "good"), [("", True), ("a:65535", True), ("a:65536", False), ("a", False)])
def test_an_address_has_a_port_that_there_is(where: str, good: bool) -> None:
    """What no datagram can be sent to is refused with the options, not met in each line."""
    try:
        assert TypeAdapter(AgentAddress).validate_python(where) == where
    except ValidationError:
        assert not good
    else:
        assert good


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_the_agent_gets_json_and_may_be_away() -> None:
    """One datagram a document; nobody listening is no error."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        send = agent("127.0.0.1:{1}".format(*listener.getsockname()))
        send({"a": 1})
        assert json.loads(listener.recv(65_536)) == {"a": 1}
    for _ in range(3):
        send({"a": 1})


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_name_that_no_host_can_have_is_no_error() -> None:
    """A label of 64 characters cannot even be asked for."""
    agent(f"{'a' * 64}:1")({"a": 1})
