"""Which invocations count as killed by an update."""

from typing import Any

from local.deploy.proof import killed_invocations


def test_an_invocation_without_an_answer_is_killed_and_a_partial_response_is_not() -> None:
    """Only an invocation that ended with an error may have sent what it did not settle."""
    lines: list[dict[str, Any]] = [
        {"id": "whole", "partitions": {"t-0": [0, 1]}},
        {"id": "whole", "done": True, "failed": 0, "error": None},
        {"id": "partial", "done": True, "failed": 1, "error": None},
        {"id": "killed", "done": True, "failed": 2, "error": "the function ended with Unhandled"},
    ]
    assert killed_invocations([lines, []]) == {"killed"}
