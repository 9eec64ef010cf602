"""The contract's questions have the answers that a mapping is set to."""

from typing import Any

import pytest

from consumer.conformance.command import judge
from consumer.conformance.deployed import events_of
from consumer.conformance.situation import Observed, Position
from consumer.conformance.situations import SITUATIONS
from consumer.event import ConsumedRecord
from consumer.inflight.batch import BatchLimits
from consumer.inflight.inflight import InFlight, RetryMode
from consumer.inflight.retry import FOREVER, RetryPolicy, RetryQueue
from tests.support.kafka_records import record

TOPIC = "t-asked"
PARTITION = f"{TOPIC}-0"


def answers(name: str, mode: RetryMode) -> list[str]:
    """Return what is told of a mapping with the consumer's own rules, in this mode, in virtual time."""
    situation = next(each for each in SITUATIONS if each.name == name)
    settings: dict[str, Any] = dict(situation.settings)
    policy = RetryPolicy(settings.get("MaximumRetryAttempts", FOREVER))
    mapping = InFlight(
        BatchLimits(settings["BatchSize"], 0, 10**6),
        mode,
        RetryQueue(policy, lambda: 0.5),
        bisect=settings.get("BisectBatchOnFunctionError", False),
    )
    end = len(situation.messages)
    mapping.add([record(PARTITION, offset) for offset in range(end)], 0, 0)
    batches: list[list[Position]] = []
    now = 0.0
    while mapping.positions().get(PARTITION, 0) < end:
        now += 0.01
        if (batch := mapping.next_batch(now)) is None:
            continue
        places = [(each.partition, each.offset) for each in batch.records]
        reply = situation.reply(batches, places)
        batches.append(places)
        named = {each["itemIdentifier"]["offset"] for each in reply.body.get("batchItemFailures", ())}
        failed: list[ConsumedRecord] = [each for each in batch.records if reply.failed or each.offset in named]
        mapping.finish(mapping.settle(batch, failed, now, 0, function_error=reply.failed))
    observed = Observed(events_of(batches), {PARTITION: end}, {PARTITION: end}, [], TOPIC)
    return [each.finding.seen for each in judge(situation, observed) if each.row.is_open]


ALL_FROM, WHOLE, ALONE = "all from the failed record on", "the whole batch", "the failed record"


@pytest.mark.parametrize(
    ("mode", "again", "later", "counted"),
    [
        (RetryMode.FAILED, ALONE, "go on before", "retries count, of the failed record alone"),
        (RetryMode.LOWEST, ALL_FROM, "wait for", "retries count by batch"),
        (RetryMode.BATCH, WHOLE, "wait for", "retries count by batch"),
    ],
)
def test_another_setting_has_another_answer(mode: RetryMode, again: str, later: str, counted: str) -> None:
    """What a mapping does after a partial response is told from what it delivers when."""
    told = [f"{again} is delivered again", f"later records of the partition {later} the retry"]
    assert answers("partial", mode) == told
    assert answers("split", mode) == told[:1]
    assert answers("counted", mode) == [counted]
    assert answers("bisect", mode) == ["a split costs no retry"]
