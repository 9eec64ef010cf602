"""The batches in flight: handed to the client, and not settled yet."""

from collections import deque
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from producer.kafka.batch import SentBatch
from producer.message.message import MessageBatch, OutgoingMessage


class TakenBack(NamedTuple):
    """Messages that the client no longer holds, and Kafka has not acknowledged."""

    messages: list[OutgoingMessage]
    """The messages, in the order in which they were sent."""
    settled: list[Callable[[], None]]
    """To be called, in order, once the messages are safe: their sources may forget them then."""


class InFlight:
    """Batches in the order in which they began, and those of their messages that came back undelivered."""

    def __init__(self) -> None:
        self._order = count()
        self._open: deque[SentBatch] = deque()
        self._returned: list[tuple[int, int]] = []

    def __len__(self) -> int:
        """Messages without a delivery report yet."""
        return sum([batch.left for batch in self._open.copy()]) - len(self._returned)

    def begin(self, messages: MessageBatch, now: float, settled: Callable[[], None] | None) -> SentBatch:
        """Take a batch that is about to be handed over at `now` (monotonic s)."""
        batch = SentBatch(next(self._order), messages, now, settled)
        self._open.append(batch)
        return batch

    def returned(self, batch: SentBatch, place: int) -> None:
        """Note that a message of a batch was not delivered, and must be sent again.

        A client that gave nothing back may say so of a batch that was taken back long since: that is sent again anyway.
        """
        if batch.left > 0:
            self._returned.append((batch.number, place))

    def settle(self) -> int:
        """Release the batches that are done, in the order in which they began; return how many are still open."""
        while self._open and self._open[0].left == 0:
            settled = self._open.popleft().settled
            if settled is not None:
                settled()
        return len(self._open)

    def interrupted(self, began_before: float) -> bool:
        """Return whether messages came back, or the oldest batch began before that time."""
        overdue = bool(self._open) and self._open[0].began < began_before
        return bool(self._returned) or overdue

    def take_back(self) -> TakenBack:
        """Give up all batches; return their messages that Kafka may not have.

        Of a batch that the client does not account for, nobody knows which messages are acknowledged: all of them are
        returned, since twice is better than never.
        """
        batches, self._open = self._open, deque()
        returned, self._returned = self._returned, []
        places: dict[int, list[int]] = {}
        for number, place in returned:
            places.setdefault(number, []).append(place)
        messages: list[OutgoingMessage] = []
        for batch in batches:
            mine = sorted(places.get(batch.number, ()))
            doubtful = batch.left != len(mine)
            messages += [batch.messages[at] for at in (range(len(batch.messages)) if doubtful else mine)]
            batch.left = 0
        return TakenBack(messages, [batch.settled for batch in batches if batch.settled])
