"""Invokes a handler in this process, with the context that Lambda gives it and no JSON round trip."""

import importlib
import re
import time
from collections.abc import Callable
from typing import Any

from consumer.event import Event
from consumer.invoke.invoke import InvocationError, UnknownFunctionError

Handler = Callable[[Event, Any], Any]

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+:[A-Za-z_]\w*")


def names_handler(function: str) -> bool:
    """Whether this is `package.module:callable`; a Lambda function's name has no dot, and an ARN no such shape."""
    return _NAME.fullmatch(function) is not None


def load_handler(function: str) -> Handler:
    """Imports `package.module:callable`.

    Raises:
        UnknownFunctionError: it cannot be imported or called; the message says which and why.
    """
    module_name, _, name = function.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        hint = " Check the name, and that its package is on PYTHONPATH." if isinstance(error, ImportError) else ""
        raise UnknownFunctionError(
            f"CONSUMER_FUNCTION is {function!r}: importing {module_name} failed: {type(error).__name__}: {error}{hint}"
        ) from error
    handler = getattr(module, name, None)
    if not callable(handler):
        raise UnknownFunctionError(f"CONSUMER_FUNCTION is {function!r}: {module_name} has no callable {name!r}.")
    return handler  # type: ignore[no-any-return]  # callable() narrows to a callable of anything


class Context:
    """What a handler may ask of its invocation, by Lambda's own names."""

    function_version = "$LATEST"
    client_context = None
    identity = None

    def __init__(
        self,
        request_id: str,
        function_name: str,
        function_arn: str,
        memory_mb: int,
        timeout_s: float,
        clock: Callable[[], float],
    ) -> None:
        self.aws_request_id = request_id
        self.function_name = function_name
        self.invoked_function_arn = function_arn
        self.memory_limit_in_mb = memory_mb
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = "in-process"
        self._clock = clock
        self._deadline = clock() + timeout_s

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds to the function's timeout; 0 past it."""
        return max(0, int((self._deadline - self._clock()) * 1000))


class InProcess:
    """Calls the handler itself. Weakness: a handler cannot be stopped at its timeout, only told how long it has."""

    def __init__(
        self,
        handler: Handler,
        function_name: str,
        memory_mb: int,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._handler = handler
        self._name = function_name
        self._memory_mb = memory_mb
        self._timeout_s = timeout_s
        self._clock = clock

    @property
    def function_arn(self) -> str:
        """An ARN of the right shape, of no account."""
        return f"arn:aws:lambda:local:000000000000:function:{self._name}"

    def invoke(self, event: Event, request_id: str) -> Any:
        """Returns what the handler returns.

        Raises:
            InvocationError: the handler raised.
        """
        context = Context(request_id, self._name, self.function_arn, self._memory_mb, self._timeout_s, self._clock)
        try:
            return self._handler(event, context)
        except (Exception, SystemExit) as error:
            raise InvocationError(f"{type(error).__name__}: {error}") from error
