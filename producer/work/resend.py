"""Sending the spool again: before anything else, so that nothing of a key overtakes what came before."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import Event

from producer.kafka.delivery import KafkaDelivery
from producer.message.message import MessageBatch, OutgoingMessage
from producer.work.throttle import Throttle

ANSWER_S = 0.05
"""Seconds between two looks for the last acknowledgements."""


class Resend:
    """Sends `messages` in order, at the rate allowed. `rest` is what was not handed to the client."""

    def __init__(self, messages: Iterable[OutgoingMessage], delivery: KafkaDelivery, throttle: Throttle) -> None:
        self.rest: Iterator[OutgoingMessage] = iter(messages)
        self._delivery = delivery
        self._throttle = throttle

    def run(self, halt: Event) -> None:
        """Send until every message is acknowledged or refused, or until `halt`."""
        stopped: Callable[[], bool] = halt.is_set
        while not halt.is_set() and (some := list(islice(self.rest, self._throttle.batch(1)))):
            messages = MessageBatch.of(some)
            self._delivery.send(messages, None, stopped)
            self._delivery.serve()
            self._delivery.make_room(stopped)
            halt.wait(self._throttle.take(len(messages), messages.size()))
        while len(self._delivery) and not halt.is_set():
            self._delivery.flush(ANSWER_S)
