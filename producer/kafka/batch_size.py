"""Decides how large the client's batches are: Kafka judges a whole batch, and a smaller one may pass. Pure."""

from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError

from producer.kafka.errors import is_message_error, is_too_large

ALONE: Mapping[str, Any] = {"batch.size": 1, "batch.num.messages": 1, "linger.ms": 0}
"""The client's options when each message is sent in a batch of its own, so that a refusal means this message."""


class BatchSize:
    """Halves the batches while Kafka finds them too large, and sends messages alone while it finds one invalid."""

    def __init__(self, size: int) -> None:
        self.size = size
        """Bytes of a batch at most."""
        self.alone = False
        """True while each message is sent in a batch of its own."""
        self._too_large = False
        self._suspect = False

    def is_alone(self, size: int) -> bool:
        """Return whether a message of that size travels alone: the client fills a batch up to its size, and no more."""
        return self.alone or size > self.size

    def note(self, error: KafkaError) -> bool:
        """Note an error of a message that was not alone; return whether a smaller batch could help."""
        if not is_message_error(error, alone=True):
            return False
        if is_too_large(error):
            self._too_large = True
        else:
            self._suspect = True
        return True

    def adapt(self) -> str | None:
        """Change the size by what was noted; return what happened, or None if nothing was noted."""
        if not (self._too_large or self._suspect):
            return None
        changed = []
        if self._too_large:
            self.size = max(1, self.size // 2)
            changed.append("Kafka found a batch too large: batches are smaller from now on")
        if self._suspect:
            self.alone = True
            changed.append("Kafka found a message invalid: each is sent alone until the invalid one is found")
        self._too_large = self._suspect = False
        return "; ".join(changed)

    def whole(self) -> bool:
        """Go back to whole batches after messages were sent alone; return whether that changed anything."""
        was, self.alone = self.alone, False
        return was

    def options(self) -> dict[str, Any]:
        """Return the client's options; a running client cannot change them."""
        return {"batch.size": self.size, **(ALONE if self.alone else {})}
