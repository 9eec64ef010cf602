"""How the deletion of a stack is followed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.deploy.cloudformation import delete_stack
from local.errors import LocalError


class Deleting:
    """CloudFormation, which answers each look with the next of these: a state, or an error's code."""

    def __init__(self, *answers: str) -> None:
        self._answers = ["CREATE_COMPLETE", *answers]

    def describe_stacks(self, **given: str) -> dict[str, Any]:
        """Return the stack, or raise."""
        answer = self._answers.pop(0)
        if answer.isupper():
            return {"Stacks": [{"StackId": given["StackName"], "StackStatus": answer}]}
        raise ClientError({"Error": {"Code": answer, "Message": answer}}, "DescribeStacks")

    def delete_stack(self, **_: str) -> None:
        """Begin."""

    def describe_stack_events(self, **_: str) -> dict[str, Any]:
        """Tell of what did not go."""
        return {
            "StackEvents": [
                {"LogicalResourceId": "Role", "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "in use"}
            ]
        }


@pytest.mark.parametrize(
    "answers", [["DELETE_COMPLETE"], ["DELETE_IN_PROGRESS", "Throttling", "DELETE_COMPLETE"], ["ValidationError"]]
)
def test_a_stack_is_gone_when_cloudformation_says_so(answers: list[str]) -> None:
    """It says that the stack is deleted, or knows none; a call that it has no time for says nothing."""
    delete_stack(Deleting(*answers), "it", look_every_s=0.0)


def test_a_stack_that_is_not_deleted_says_why() -> None:
    """The resource that stayed is named with CloudFormation's reason."""
    with pytest.raises(LocalError, match=r"DELETE_FAILED(?s:.)*Role: in use"):
        delete_stack(Deleting("DELETE_FAILED"), "it", look_every_s=0.0)


@pytest.mark.parametrize("code", ["ExpiredToken", "AccessDenied"])
def test_credentials_that_are_over_are_not_waited_for(code: str) -> None:
    """Nobody waits half an hour for an answer that cannot come."""
    with pytest.raises(ClientError, match=code):
        delete_stack(Deleting(code), "it", within_s=0.1, look_every_s=0.01)
