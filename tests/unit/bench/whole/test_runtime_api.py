"""The Runtime API, asked as AWS's runtime client asks."""

import http.client
import threading
from collections.abc import Callable

import pytest

from bench.whole.runtime_api import FunctionFailedError, runtime_api

NEXT = "/2018-06-01/runtime/invocation/next"


def _function(address: str, kind: str) -> Callable[[], None]:
    """Take one event, and give it back as an answer of a `kind`."""

    def run() -> None:
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request("GET", NEXT)
        given = connection.getresponse()
        event = given.read()
        number = given.headers["Lambda-Runtime-Aws-Request-Id"]
        connection.request("POST", f"/2018-06-01/runtime/invocation/{number}/{kind}", event)
        connection.getresponse().read()
        connection.close()

    return run


def test_an_event_goes_to_the_function_and_its_answer_comes_back() -> None:
    """As the same bytes, and timed."""
    with runtime_api() as api:
        thread = threading.Thread(target=_function(api.address, "response"))
        thread.start()
        answered = api.invoke(b'{"records": {}}', thread.is_alive)
        thread.join()
    assert answered.body == b'{"records": {}}'
    assert 0 < answered.seconds < 10


def test_an_error_of_the_function_ends_the_reading() -> None:
    """With what the function says of it."""
    with runtime_api() as api:
        thread = threading.Thread(target=_function(api.address, "error"))
        thread.start()
        with pytest.raises(FunctionFailedError, match="no table"):
            api.invoke(b"no table", thread.is_alive)
        thread.join()


def test_the_end_of_the_function_ends_the_reading() -> None:
    """Nobody waits for an answer that cannot come."""
    with runtime_api() as api, pytest.raises(FunctionFailedError, match="ended"):
        api.invoke(b"{}", lambda: False)
