"""What stands between a source and Kafka."""

from collections.abc import Callable
from typing import Protocol

from comboio.errors import InvalidDataError
from producer.message.message import MessageBatch
from producer.source.reading import Reading, Readings


class Stages(Protocol):
    """Makes messages of readings, a batch at a time. One worker thread owns it."""

    def messages(
        self, readings: Readings, now_ms: int, refuse: Callable[[Reading, InvalidDataError], None]
    ) -> MessageBatch:
        """Make messages of readings at the time `now_ms` (epoch ms); `refuse` gets those that none can be made of."""
        ...
