"""The dispatcher as the consumer's function: as `make bench-dispatcher` has it, unpacked, to one SQS queue."""

from typing import Any

from bench.consumer.answers import answer
from bench.consumer.function import COUNTER, LATENCY_S
from bench.dispatcher.contenders import comboio
from bench.dispatcher.exchange import Stubbed

EXCHANGE = Stubbed(LATENCY_S, answer)
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
