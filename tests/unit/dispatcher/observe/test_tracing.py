"""The phases of a batch as X-Ray subsegments."""

import json
from typing import Any

import pytest

from dispatcher.observe.tracing import phases, untraced

DAEMON = {"AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000"}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"_X_AMZN_TRACE_ID": TRACE},
        {**DAEMON, "POWERTOOLS_TRACE_DISABLED": "true"},
        {"AWS_XRAY_DAEMON_ADDRESS": "nowhere"},
    ],
)
def test_without_a_daemon_nothing_is_traced(environ: dict[str, str]) -> None:
    """Where there is nobody to take traces, or they are switched off, a phase is nothing at all."""
    assert phases(environ) is untraced
    with untraced("claim"):
        pass


@pytest.mark.parametrize("trace", ["", TRACE.replace("Sampled=1", "Sampled=0"), "Sampled=1", "=;=", "Root=;Sampled=1"])
def test_what_is_not_sampled_is_not_sent(trace: str) -> None:
    """An invocation that Lambda does not sample sends nothing."""
    sent: list[bytes] = []
    with phases({**DAEMON, "_X_AMZN_TRACE_ID": trace}, sent.append)("send"):
        pass
    assert sent == []


def test_each_invocation_has_its_own_trace() -> None:
    """A phase belongs to the trace that the environment names at its start, and a defect in it is a fault."""
    sent: list[bytes] = []
    environ = {**DAEMON, "_X_AMZN_TRACE_ID": TRACE}
    phase = phases(environ, sent.append)
    with phase("claim"):
        pass
    environ["_X_AMZN_TRACE_ID"] = TRACE.replace("5759e988", "5759e989")
    with pytest.raises(ValueError, match="defect"), phase("send"):
        raise ValueError("defect")
    first, second = map(_document, sent)
    assert (first["name"], first["trace_id"]) == ("claim", "1-5759e988-bd862e3fe1be46a994272793")
    assert (first["parent_id"], first["type"]) == ("53995c3f42cd8ad8", "subsegment")
    assert first["start_time"] <= first["end_time"] and "fault" not in first
    assert (second["trace_id"][2:10], second["fault"]) == ("5759e989", True)
    assert first["id"] != second["id"] and len(first["id"]) == 16


def _document(datagram: bytes) -> Any:
    header, _, document = datagram.partition(b"\n")
    assert json.loads(header) == {"format": "json", "version": 1}
    return json.loads(document)
