"""Collects the client's errors as they come, and raises the first one that lasts at the next poll."""

import logging
from collections.abc import Callable

from confluent_kafka import KafkaError

from consumer.kafka.errors import AuthenticationTrouble, GroupError, lasting_error
from consumer.kafka.repeated_lines import RepeatedLines


class ClientErrors:
    """Errors of messages, of commits and of the client itself: each is told, and the first lasting one is kept."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float]) -> None:
        self._lines = RepeatedLines(log, clock)
        self._clock = clock
        self._lasting: GroupError | None = None
        self._authentication = AuthenticationTrouble()

    def of_a_message(self, error: KafkaError) -> None:
        """Note an error that came in a message's place."""
        self._lines.log(logging.ERROR, "Kafka reports an error: %s", error.str())
        self._keep(lasting_error(error))

    def of_a_commit(self, error: KafkaError | None) -> None:
        """Note why a commit failed; None if the client does not say."""
        self._lines.log(logging.WARNING, "a commit failed and is retried: %s", error.str() if error else "unknown")
        if error is not None:
            self._keep(lasting_error(error, of_a_commit=True))

    def of_the_client(self, error: KafkaError) -> None:
        """Note an error of the client itself; refused credentials end the service only after a while."""
        self._lines.log(logging.WARNING, "Kafka: %s", error.str())
        if error.code() == KafkaError._AUTHENTICATION:
            self._keep(self._authentication.failed(error.str(), self._clock()))
        else:
            self._keep(lasting_error(error))

    def authenticated(self) -> None:
        """Note that the cluster accepts the credentials."""
        self._authentication.succeeded()

    def raise_lasting(self) -> None:
        """Raise the first error that the client does not recover from, if there was one.

        Raises:
            GroupError: see above.
        """
        if self._lasting is not None:
            raise self._lasting

    def _keep(self, lasting: GroupError | None) -> None:
        self._lasting = self._lasting or lasting
