"""Invokes a handler in this process, with the context that Lambda gives it."""

import importlib
import json
import re
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from consumer.event import ConsumedRecord, Event, EventSource, event
from consumer.invoke.invoke import InvocationError, UnknownFunctionError, describe

Handler = Callable[[Event, Any], Any]
"""A Lambda handler: takes the event and the context."""

_HANDLER_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+:[A-Za-z_]\w*")
"""`package.module:callable`. A Lambda function's name has no dot, and an ARN no such shape."""

_ANSWER_BYTES = 6 * 1024 * 1024
"""Maximum size of an answer: Lambda fails the invocation for a larger one."""


def names_handler(function: str) -> bool:
    """Return whether this is `package.module:callable`."""
    return _HANDLER_NAME.fullmatch(function) is not None


def load_handler(function: str) -> Handler:
    """Import `package.module:callable`.

    Raises:
        UnknownFunctionError: it cannot be imported or called; the message says which and why.
    """
    module_name, _, name = function.partition(":")
    try:
        handler = getattr(importlib.import_module(module_name), name, None)
    except BaseException as error:  # a module may raise anything, and must not choose this process's exit status
        hint = " Check the name, and that its package is on PYTHONPATH." if isinstance(error, ImportError) else ""
        raise UnknownFunctionError(
            f"CONSUMER_FUNCTION is {function!r}: importing {module_name} failed: {describe(error)}{hint}"
        ) from None
    if not callable(handler):
        raise UnknownFunctionError(f"CONSUMER_FUNCTION is {function!r}: {module_name} has no callable {name!r}.")
    return handler  # type: ignore[no-any-return]  # callable() narrows to a callable of anything


class InProcessContext:
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
        """Return the milliseconds to the function's timeout; 0 past it."""
        return max(0, int((self._deadline - self._clock()) * 1000))


class InProcess:
    """Calls the handler itself, and believes nothing of what it does: whatever it raises or returns stays in here.

    Weakness: a handler cannot be stopped at its timeout, only told how long it has; the mapping ends the service where
    one goes on for much longer.
    """

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

    def deliver(self, batch: Sequence[ConsumedRecord], source: EventSource, request_id: str) -> Any:
        """See Invoker. The event is the function's own: it may change it."""
        return self.invoke(event(batch, source), request_id)

    def invoke(self, event: Event, request_id: str) -> Any:
        """Return what the handler returned, after a round trip through JSON as in Lambda.

        Raises:
            InvocationError: the handler raised, or returned what JSON cannot say.
        """
        context = InProcessContext(
            request_id, self._name, self.function_arn, self._memory_mb, self._timeout_s, self._clock
        )
        try:
            answer = self._handler(event, context)
        except BaseException as error:  # CancelledError, SystemExit, KeyboardInterrupt, GeneratorExit, gevent's Timeout
            raise InvocationError(describe(error)) from None
        if answer is None:
            return None
        try:
            text = json.dumps(answer, default=_plain)
            if len(text) > _ANSWER_BYTES:
                raise InvocationError(f"the answer has {len(text)} bytes as JSON; Lambda takes {_ANSWER_BYTES}")
            return json.loads(text)
        except InvocationError:
            raise
        except BaseException as error:  # the methods of what it returned are the function's own code too
            raise InvocationError(f"the answer cannot be written as JSON: {describe(error)}") from None


def _plain(value: object) -> float:
    """Return what Lambda's Python runtime writes for a value that JSON does not know."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")
