"""Lambda's Invoke: what is asked, and what its answers mean."""

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.lambda_function import FUNCTION_FAILED, FunctionClient, invoke_service
from comboio.aws.sigv4 import Credentials


class Http:
    """Gives one answer, and keeps the request's headers."""

    host = "lambda"

    def __init__(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        self.answer = Answer(status, body, {name.replace("_", "-").lower(): value for name, value in headers.items()})
        self.headers: dict[str, str] = {}

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        self.headers = headers
        return self.answer


def client(http: Http) -> FunctionClient:
    """Return a function that `http` answers for."""
    return FunctionClient(JsonApi(invoke_service("d"), "us-east-1", lambda: Credentials("A", "s"), http, tries=1))


def test_an_invocation_returns_the_function_s_answer() -> None:
    """A synchronous invocation asks for the answer, and returns it as it came."""
    http = Http(200, b"anything")
    assert client(http).invoke(b"{}") == b"anything"
    assert http.headers["x-amz-invocation-type"] == "RequestResponse"


def test_a_start_does_not_wait() -> None:
    """An asynchronous invocation is done when Lambda has queued the event."""
    http = Http(202)
    client(http).start(b"{}")
    assert http.headers["x-amz-invocation-type"] == "Event"


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(
    ("http", "code", "transient"),
    [
        (Http(429, x_amzn_errortype="TooManyRequestsException:http://x"), "TooManyRequestsException", True),
        (Http(403, b'{"Message":"no"}', x_amzn_errortype="AccessDeniedException"), "AccessDeniedException", False),
        (Http(500, b"not JSON"), "500", True),
        (Http(202, b""), "202", False),
        (Http(200, b"[" * 100_000, x_amz_function_error="Unhandled"), FUNCTION_FAILED, False),
        (Http(404, b"[]"), "404", False),
    ],
    ids=range(6),
)
def test_what_is_no_success_is_an_error_with_its_code(http: Http, code: str, transient: bool) -> None:
    """An invocation that was refused, or whose function failed, is one error that says whether to try again."""
    with pytest.raises(AwsError) as raised:
        client(http).invoke(b"{}")
    assert (raised.value.code, raised.value.transient) == (code, transient)


def test_a_name_with_colons_is_one_part_of_the_path() -> None:
    """A function may be named by its ARN, whose characters cannot change the call's path."""
    assert invoke_service("arn:aws:lambda:r:1:function:d/../x").path == (
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Ad%2F..%2Fx/invocations"
    )
