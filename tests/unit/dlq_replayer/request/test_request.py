"""Requests are read strictly, and wrong ones are answered with what is allowed."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from dlq_replayer.request.request import Continuation, Filter, RefusedError, Request, read

EVENTS = Path(__file__).parents[4] / "events" / "replayer"


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_is_a_request(path: Path) -> None:
    """Each sample request in events/ is one that the replayer takes."""
    read(json.loads(path.read_text()))


def test_there_are_samples_for_every_action() -> None:
    """events/ has a sample request for every action."""
    actions = {json.loads(path.read_text())["action"] for path in EVENTS.glob("*.json")}
    assert actions == set(get_args(Request.model_fields["action"].annotation))


def test_one_value_may_stand_for_a_list() -> None:
    """A filter's single value means the same as a list of that one value."""
    assert read({"action": "inspect", "filter": {"codigo": 301, "reason": "malformed"}}).filter == Filter(
        codigo=(301,), reason=("malformed",)
    )


@pytest.mark.parametrize("model", [Request, Filter, Continuation])
def test_every_field_is_described(model: Any) -> None:
    """Every field has a description, which is what the answer to a wrong request says."""
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize(
    ("asked", "field", "allowed"),
    [
        ({"action": "explode"}, "action", "inspect, replay, park or purge"),
        ({"action": "replay", "rate_per_s": 0}, "rate_per_s", "0.1 or more"),
        ({"action": "replay", "rate_per_s": -1}, "rate_per_s", "0.1 or more"),
        ({"action": "replay", "max_replays": 0}, "max_replays", "1 to 1000"),
        ({"action": "replay", "filter": {"colour": "red"}}, "filter.colour", "reason, codigo"),
        ({"action": "replay", "filter": {"reason": "unroutible"}}, "filter.reason.0", "unroutable"),
        ({"action": "replay", "filter": {"codigo": [-1]}}, "filter.codigo.0", "300"),
        ({"action": "replay", "filter": {"codigo": [None]}}, "filter.codigo.0", "300"),
        ({"action": "replay", "filter": {"codigo": [300, True]}}, "filter.codigo.1", "300"),
        ({"action": "replay", "filter": {"codigo": ""}}, "filter.codigo.0", "VEHICLE_STOP"),
        ({"action": "replay", "filter": {"until": "2026-11-22"}}, "filter.until", "2026-11-22T16:00:00Z"),
        ({"action": "replay", "source": "s3://X/y"}, "source", "s3://bucket/prefix"),
        ({"action": "replay", "speed": 3}, "speed", "rate_per_s"),
        ({"action": "park", "source": "parking"}, "request", ""),
        ({"action": "purge"}, "request", ""),
        ([], "request", ""),
        (
            {"action": "replay", "filter": {"since": "2026-11-22T16:00:00Z", "until": "2026-11-22T15:00:00Z"}},
            "filter",
            "",
        ),
    ],
)
def test_a_wrong_request_is_told_its_field_and_what_is_allowed(asked: Any, field: str, allowed: str) -> None:
    """The answer to a request with one fault names that field, and what is allowed there."""
    with pytest.raises(RefusedError) as refused:
        read(asked)
    (fault,) = refused.value.faults
    assert fault["field"] == field
    assert fault["allowed"]
    assert allowed in fault["allowed"]
    assert "Value error" not in fault["error"]


def test_all_faults_are_told_at_once() -> None:
    """The answer to a request with several faults names all of them."""
    with pytest.raises(RefusedError) as refused:
        read({"action": "x", "samples": -1, "filter": {"y": 1}, "order": "z"})
    assert {fault["field"] for fault in refused.value.faults} == {"action", "samples", "filter.y", "order"}
