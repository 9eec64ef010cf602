"""What an invoker is: one call of the function with a batch."""

from collections.abc import Sequence
from typing import Any, Protocol

from comboio.errors import ConfigurationError, ServiceError
from consumer.event import ConsumedRecord, EventSource

DESCRIPTION_CHARACTERS = 1000
"""Of an error of the function, in the log and the journal: a function can put a whole batch in its message."""


class InvocationError(ServiceError):
    """The function raised, timed out or could not be reached: the whole batch is retried."""

    def __init__(self, message: str, *, reached: bool = True) -> None:
        super().__init__(message)
        self.reached = reached
        """False where the function never ran (throttled, endpoint down): this costs the records no attempt."""


class UnknownFunctionError(ConfigurationError):
    """The function that CONSUMER_FUNCTION names does not exist."""


class Invoker(Protocol):
    """Calls the function."""

    @property
    def function_arn(self) -> str:
        """The function's ARN, for the on-failure record."""
        ...

    def deliver(self, batch: Sequence[ConsumedRecord], source: EventSource, request_id: str) -> Any:
        """Invoke the function with a batch; return its answer as `json.loads` returns it.

        Raises:
            InvocationError: there is no answer.
        """
        ...


def describe(error: BaseException) -> str:
    """Return an error of foreign code in one line; its own methods may raise, and its text may be of any size."""
    try:
        text = f"{type(error).__name__}: {error}"
        return "".join(letter if letter.isprintable() else " " for letter in text[:DESCRIPTION_CHARACTERS])
    except BaseException:
        return "an error that raises when it is described"
