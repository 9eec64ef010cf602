"""A handler is found by its name, and gets the context that Lambda gives."""

from typing import Any

import pytest

from consumer.invoke.in_process import InProcess, load_handler, names_handler
from consumer.invoke.invoke import UnknownFunctionError


@pytest.mark.parametrize(
    ("function", "is_handler"),
    [
        ("dispatcher.handler:handler", True),
        ("a.b.c:d_e", True),
        ("dispatcher", False),
        ("dispatcher:live", False),
        ("arn:aws:lambda:eu-west-1:123456789012:function:dispatcher", False),
    ],
)
def test_handlers_are_told_from_lambda_names(function: str, is_handler: bool) -> None:
    """A dot before the colon makes a handler; an alias does not."""
    assert names_handler(function) is is_handler


@pytest.mark.parametrize("function", ["no.such_module:handler", "json.decoder:nothing", "json.decoder:NaN"])
def test_an_unknown_handler_is_one_clear_error(function: str) -> None:
    """It names the option and what is missing."""
    with pytest.raises(UnknownFunctionError, match="CONSUMER_FUNCTION"):
        load_handler(function)


def test_the_context_has_what_lambda_gives() -> None:
    """A new id each time, and time that runs out."""
    now = 100.0
    seen: list[Any] = []

    def handler(event: object, context: object) -> str:
        seen.append(context)
        return "answer"

    invoker = InProcess(handler, "dispatcher", 1769, 30, clock=lambda: now)
    assert invoker.invoke({}, "id-1") == "answer"
    invoker.invoke({}, "id-2")
    context = seen[0]
    assert context.aws_request_id == "id-1"
    assert seen[1].aws_request_id == "id-2"
    assert context.function_name == "dispatcher"
    assert context.memory_limit_in_mb == 1769
    assert context.invoked_function_arn.endswith(":function:dispatcher")
    assert context.get_remaining_time_in_millis() == 30_000
    now = 120.5
    assert context.get_remaining_time_in_millis() == 9_500
    now = 200
    assert context.get_remaining_time_in_millis() == 0
