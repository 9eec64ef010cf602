"""What an invoker is: one call of the function with one event."""

from typing import Any, Protocol

from comboio.errors import ConfigurationError, ServiceError
from consumer.event import Event


class InvocationError(ServiceError):
    """The function raised, timed out or could not be reached: the whole batch is tried again."""

    def __init__(self, message: str, reached: bool = True) -> None:
        super().__init__(message)
        self.reached = reached
        """False where the function never ran (throttled, endpoint down): this costs the records no attempt."""


class UnknownFunctionError(ConfigurationError):
    """The function that CONSUMER_FUNCTION names is not there."""


class Invoker(Protocol):
    """Calls the function."""

    @property
    def function_arn(self) -> str:
        """The function's ARN, for the on-failure record."""

    def invoke(self, event: Event, request_id: str) -> Any:
        """Returns the function's answer.

        Raises:
            InvocationError: there is no answer.
        """
