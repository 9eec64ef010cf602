"""The answer to a question: which reading of AWS's documents was seen, and by which deliveries."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from consumer.conformance.command import judge
from consumer.conformance.deployed import Delivery, events_of
from consumer.conformance.situation import Observed, Situation, Verdict


class Answer(NamedTuple):
    """What a mapping does where AWS's documents leave it open."""

    question: str
    reading: str
    """What was seen; empty if it was not seen."""
    situation: str
    settings: Mapping[str, Any]
    """The mapping's own properties in this situation."""
    deliveries: Sequence[str]
    """Each batch that the function got: seconds since the first, and offsets."""

    @property
    def told(self) -> str:
        """Return the reading, or that there is none."""
        return self.reading or "not seen: " + ("; ".join(self.deliveries) or "nothing was delivered")


def answers(situation: Situation, topic: str, seen: Sequence[Delivery], committed: Mapping[str, int]) -> list[Answer]:
    """Return the answers to the questions of a situation."""
    produced = dict.fromkeys((f"{topic}-{number}" for number in range(situation.partitions)), 0)
    for message in situation.messages:
        produced[f"{topic}-{message.partition}"] += 1
    observed = Observed(events_of([each.batch for each in seen]), produced, dict(committed), [], topic)
    told = [
        f"{(each.at_ms - seen[0].at_ms) / 1000:.1f} s: {', '.join(str(offset) for _, offset in each.batch)}"
        for each in seen
    ]
    return [
        Answer(
            each.row.what,
            each.finding.seen if each.finding.verdict is Verdict.OPEN else "",
            situation.name,
            situation.settings,
            told,
        )
        for each in judge(situation, observed)
        if each.row.is_open
    ]
