"""The dispatcher as the consumer's function: as `make bench-dispatcher` has it, unpacked, to one SQS queue."""

from typing import Any

from bench.consumer.function import COUNTER, LATENCY_S
from bench.dispatcher.canned import answer
from bench.dispatcher.contenders import comboio
from bench.dispatcher.exchange import Stubbed


class NewPartitions(Stubbed):
    """Answers each claim as of a partition that nobody has had, since these offsets begin at 0."""

    def take(self, target: str, body: bytes) -> bytes:
        """See Stubbed."""
        taken = super().take(target, body)
        return b"{}" if taken == CLAIMED else taken


CLAIMED = answer("UpdateItem", b'"ALL_OLD"')

EXCHANGE = NewPartitions(LATENCY_S)
DISPATCHER = comboio("unpacked", EXCHANGE, None)


def dispatch(event: Any, context: Any) -> Any:
    """Dispatch a batch.

    Raises:
        RuntimeError: not all of it was sent, so that the figures would mean nothing.
    """
    answered = DISPATCHER(event, context)
    sent, given = EXCHANGE.tally.counts().sent, sum(map(len, event["records"].values()))
    if sent != given or answered != {"batchItemFailures": []}:
        raise RuntimeError(f"the dispatcher was given {given} records and sent {sent}")
    COUNTER.count(event)
    return answered
