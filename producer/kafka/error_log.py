"""Collects the client's errors, and logs each kind once however often it came."""

import logging
from collections import Counter

from confluent_kafka import KafkaError

_log = logging.getLogger(__name__)


class ErrorLog:
    """The errors since the last report: those of messages, by topic and reason, and those of the client itself."""

    def __init__(self) -> None:
        self._not_delivered: Counter[tuple[str, str]] = Counter()
        self._of_the_client: dict[str, str] = {}
        self.fatal = ""
        """Why the client cannot go on; empty while it can."""

    def not_delivered(self, topic: str, error: KafkaError) -> None:
        """Count a message that was not delivered."""
        self._not_delivered[topic, error.str()] += 1

    def of_the_client(self, error: KafkaError) -> None:
        """Note an error that no message has, such as a broker that is down."""
        if error.fatal():
            self.fatal = error.str()
        self._of_the_client[error.name()] = error.str()

    def report(self) -> None:
        """Log the errors since the last report: a line a topic and reason, and a line a kind of client error."""
        not_delivered, self._not_delivered = self._not_delivered, Counter()
        for (topic, reason), messages in not_delivered.items():
            _log.error("not delivered: %s", reason, extra={"topic": topic, "messages": messages})
        of_the_client, self._of_the_client = self._of_the_client, {}
        for reason in of_the_client.values():
            _log.warning("kafka: %s", reason)
