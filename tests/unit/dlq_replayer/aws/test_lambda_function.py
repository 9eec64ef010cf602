"""Functions as the replayer invokes them, against Lambda as it answers."""

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import JsonApi
from comboio.aws.lambda_function import FunctionClient, invoke_service
from comboio.aws.sigv4 import Credentials
from dlq_replayer.aws.lambda_function import InvocationError, NamedFunction


class Http:
    """Gives one answer, and keeps the request."""

    host = "lambda"

    def __init__(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        self.answer = Answer(status, body, {name.replace("_", "-").lower(): value for name, value in headers.items()})
        self.headers: dict[str, str] = {}

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        self.headers = headers
        return self.answer


def function(http: Http) -> NamedFunction:
    """Return a function behind it."""
    api = JsonApi(invoke_service("d"), "us-east-1", lambda: Credentials("A", "s"), http)
    return NamedFunction("d", FunctionClient(api))


def test_a_function_is_invoked_and_started() -> None:
    """A synchronous invocation returns the function's answer, and an asynchronous one returns without it."""
    http = Http(200, b'{"outcomes":{}}')
    assert function(http).invoke(b"{}") == {"outcomes": {}}
    assert http.headers["x-amz-invocation-type"] == "RequestResponse"
    http = Http(202)
    function(http).start(b"{}")
    assert http.headers["x-amz-invocation-type"] == "Event"


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(
    ("http", "throttled"),
    [
        (Http(429, x_amzn_errortype="TooManyRequestsException"), True),
        (Http(403, x_amzn_errortype="AccessDeniedException"), False),
        (Http(200, b'{"errorMessage":"x"}', x_amz_function_error="Unhandled"), False),
        (Http(200, b"[]"), False),
        (Http(200, b"not JSON"), False),
    ],
)
def test_a_function_that_is_not_invoked_or_fails_is_an_error(http: Http, throttled: bool) -> None:
    """An invocation that did not succeed is an error that says whether it may be tried later."""
    with pytest.raises(InvocationError) as error:
        function(http).invoke(b"{}")
    assert error.value.throttled is throttled


def test_a_function_s_name_may_be_an_arn() -> None:
    """An ARN is one part of the path, whatever characters it has."""
    assert invoke_service("arn:aws:lambda:r:1:function:d").path == (
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Ad/invocations"
    )
