"""The way into the spool and out of it: what Kafka has not acknowledged is kept, and sent before anything else."""

import logging
from collections.abc import Iterator

from producer.kafka.delivery import KafkaDelivery
from producer.message.message import OutgoingMessage
from producer.metrics.meter import Meter
from producer.state.spool import Spool
from producer.work.pool import Job
from producer.work.resend import Resend
from producer.work.throttle import Throttle

_log = logging.getLogger(__name__)


class Recovery:
    """Moves messages between the client and the spool, so that each is always in one of them."""

    def __init__(self, spool: Spool, delivery: KafkaDelivery, throttle: Throttle, meter: Meter) -> None:
        self._spool = spool
        self._delivery = delivery
        self._throttle = throttle
        self._meter = meter
        self._unsent: Iterator[OutgoingMessage] = iter(())
        self._lent = False
        """Whether the spool's messages are with the client or in `_unsent`; else the spool alone has them."""
        meter.recovered(len(spool))

    def needed(self) -> bool:
        """Return whether there is something to send again."""
        return len(self._spool) > 0

    def resend(self) -> Job:
        """Return the job that sends what the spool has; `take_back` or `complete` must follow."""
        _log.info("sending what was spooled", extra={"messages": len(self._spool)})
        resend = Resend(self._spool.read(), self._delivery, self._throttle)
        self._unsent, self._lent = resend.rest, True
        return resend.run

    def complete(self) -> bool:
        """Clear the spool if everything that was sent again is done; return whether it was."""
        if not self._lent or len(self._delivery) or self._delivery.interrupted():
            return False
        self._unsent = iter(rest := list(self._unsent))
        if rest:
            return False
        self._lent = False
        self._spool.clear()
        self._meter.spooled(0)
        self._delivery.resent()
        return True

    def take_back(self) -> None:
        """Put everything that is not acknowledged into the spool. No other thread may be sending."""
        taken = self._delivery.take_back()
        rest = self._unsent if self._lent else self._spool.read()
        self._unsent, self._lent = iter(()), False
        self._spool.replace([*taken.messages, *rest], taken.settled)
        self._meter.spooled(len(self._spool))
        if len(self._spool):
            _log.error(
                "Kafka has not acknowledged all messages: the others are kept and sent again before anything else",
                extra={"messages": len(self._spool), "spool": self._spool.place()},
            )

    def finish(self) -> None:
        """Clear the spool at the end of a run, or keep what is missing."""
        if not self.complete() and (self._lent or len(self._delivery) or self._delivery.interrupted()):
            self.take_back()
