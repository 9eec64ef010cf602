"""An endpoint's answers, errors and refusals are told apart."""

import io
import json
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from consumer.invoke.aws_lambda import Endpoint
from consumer.invoke.invoke import InvocationError, UnknownFunctionError


@pytest.fixture
def client() -> Any:
    return boto3.client("lambda", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106 (no secret)


def body(content: bytes) -> StreamingBody:
    return StreamingBody(io.BytesIO(content), len(content))


def answered(client: Any, response: dict[str, Any]) -> Any:
    with Stubber(client) as stub:
        stub.add_response("invoke", response, {"FunctionName": "f", "Payload": ANY, "ClientContext": ANY})
        return Endpoint(client, "f").invoke(b'{"records":{}}', "id")


def test_the_answer_is_the_functions_own(client: Any) -> None:
    """Decoded JSON; an empty body is null."""
    answer: dict[str, Any] = {"batchItemFailures": []}
    assert answered(client, {"Payload": body(json.dumps(answer).encode())}) == answer
    assert answered(client, {"Payload": body(b"")}) is None


def test_a_function_error_counts_as_an_attempt(client: Any) -> None:
    """The function ran and failed."""
    with pytest.raises(InvocationError, match="Unhandled ValueError") as caught:
        answered(client, {"FunctionError": "Unhandled", "Payload": body(b'{"errorType":"ValueError"}')})
    assert caught.value.reached


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_an_answer_that_is_not_json_fails(client: Any) -> None:
    """What cannot be read is no success."""
    with pytest.raises(InvocationError, match="not JSON"):
        answered(client, {"Payload": body(b"<html>")})


def test_throttling_costs_no_attempt(client: Any) -> None:
    """The function never ran."""
    with Stubber(client) as stub, pytest.raises(InvocationError) as caught:
        stub.add_client_error("invoke", "TooManyRequestsException", http_status_code=429)
        Endpoint(client, "f").invoke(b"{}", "id")
    assert not caught.value.reached


def test_an_unknown_function_is_found_at_the_start(client: Any) -> None:
    """And an endpoint that only refuses to say is given the benefit of the doubt."""
    with Stubber(client) as stub:
        stub.add_client_error("get_function_configuration", "ResourceNotFoundException", http_status_code=404)
        stub.add_client_error("get_function_configuration", "AccessDeniedException", http_status_code=403)
        with pytest.raises(UnknownFunctionError, match="no such function"):
            Endpoint(client, "f").check()
        Endpoint(client, "f").check()
