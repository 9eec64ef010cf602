"""What the store of destination states makes of DynamoDB's answers."""

from collections.abc import Mapping
from typing import Any

import pytest

from comboio.aws.json_api import AwsError
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.destination_state.state import SharedState

ITEMS = [f"destination#{number}" for number in range(5)]


class Api:
    """Answers each request by a script."""

    def __init__(self, *answers: Mapping[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[Mapping[str, Any]] = []

    def call(self, action: str, request: Mapping[str, Any], **bounds: float) -> Mapping[str, Any]:
        """See JsonApi."""
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def store(api: Api) -> DynamoStateStore:
    """Return a store over the script."""
    return DynamoStateStore(api, "t")  # type: ignore[arg-type]  # as much of JsonApi as is used


def keys(*items: str) -> dict[str, Any]:
    """Unprocessed keys of these items."""
    return {"t": {"Keys": [{"pk": {"S": item}} for item in items]}}


def test_what_is_not_processed_is_asked_for_once_more() -> None:
    """Items that DynamoDB leaves out are read by a second request, and nothing is taken for absent."""
    found = {"pk": {"S": ITEMS[1]}, "version": {"N": "3"}}
    api = Api(
        {"Responses": {"t": []}, "UnprocessedKeys": keys(ITEMS[1], ITEMS[2])},
        {"Responses": {"t": [found]}, "UnprocessedKeys": keys(ITEMS[2])},
    )
    states = store(api).read(ITEMS)
    assert states[ITEMS[1]] == SharedState(version=3)
    assert set(states) == {*ITEMS} - {ITEMS[2]}
    assert len(api.requests) == 2


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_a_refusal_is_raised(code: str) -> None:
    """What is no lost condition is an error, and not a state."""
    error = AwsError("dynamodb", "UpdateItem", code, "no", 400)
    with pytest.raises(AwsError):
        store(Api(error)).write(ITEMS[0], SharedState())
    with pytest.raises(AwsError):
        store(Api(error)).read(ITEMS)
