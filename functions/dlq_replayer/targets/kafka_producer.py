"""The Kafka client of an execution environment: made when it is first needed, and made anew where it is of no use."""

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any


class KeptProducer:
    """A producer that is kept from batch to batch, and from run to run."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        """Make nothing yet; `connect` makes one."""
        self._connect = connect
        self._producer: Any = None

    def get(self) -> Any:
        """Return the producer; raises what `connect` raises."""
        if self._producer is None:
            self._producer = self._connect()
        return self._producer

    def drop(self) -> None:
        """Make a new one for the next batch. The old one is closed in a thread, as one of its own may hang."""
        Thread(target=_close, args=(self._producer,), name="kafka-close", daemon=True).start()
        self._producer = None


def is_fatal(error: Any) -> bool:
    """Return whether an error of the client says that it can go on no more."""
    return hasattr(error, "fatal") and bool(error.fatal())


def _close(producer: Any) -> None:
    with suppress(Exception):
        producer.purge(in_queue=True, in_flight=True, blocking=True)  # or closing would wait for what is left
        producer.close()
