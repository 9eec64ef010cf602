"""Sending the spool again: before anything else, so that nothing of a key overtakes what came before."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import Event

from producer.kafka.delivery import Delivery
from producer.message.message import Message, Messages
from producer.work.throttle import Throttle

_ANSWER_S = 0.05


class Resend:
    """Sends `messages` in order, at the rate allowed. `rest` is what was not handed to the client."""

    def __init__(self, messages: Iterable[Message], delivery: Delivery, throttle: Throttle) -> None:
        self.rest: Iterator[Message] = iter(messages)
        self._delivery = delivery
        self._throttle = throttle

    def run(self, halt: Event) -> None:
        """Ends when every message is answered for, or at `halt`."""
        stopped: Callable[[], bool] = halt.is_set
        while not halt.is_set() and (messages := Messages.of(list(islice(self.rest, self._throttle.batch(1))))):
            self._delivery.send(messages, None, stopped)
            self._delivery.serve()
            self._delivery.make_room(stopped)
            halt.wait(self._throttle.take(len(messages), messages.size()))
        while len(self._delivery) and not halt.is_set():
            self._delivery.serve()
            halt.wait(_ANSWER_S)
