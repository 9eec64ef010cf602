"""Which functions are emulators'."""

import pytest

from consumer.invoke.emulator import names_emulator
from consumer.invoke.in_process import names_handler


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("http://127.0.0.1:9000", True),
        ("http://127.0.0.1:9000/", True),
        ("http://a:1,http://b-2.internal:65535", True),
        ("http://a:1,", False),
        ("https://a:443", False),
        ("http://a", False),
        ("dispatcher", False),
        ("dispatcher.handler:handler", False),
        ("arn:aws:lambda:us-east-1:123456789012:function:dispatcher:live", False),
    ],
)
def test_no_function_is_two_things(function: str, expected: bool) -> None:
    """A URL with its port is an emulator's; names and ARNs are Lambda's, and a handler is in this process."""
    assert names_emulator(function) is expected
    assert not (expected and names_handler(function))
