"""Sets what the plan predicts of the proof of concept beside what was measured: keys over partitions, and the rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.producer.poc_figures import WATCHED, Poc
from comboio.contract.partition_key import KeyStrategy
from plan.keys.placement import shares, skew
from plan.profile.file import load
from plan.profile.profile import Profile
from producer.options.settings import ProducerSettings

PROFILE = Path(__file__).parents[2] / "examples" / "profiles" / "fleet.toml"
"""The traffic that the producer's simulation sends: its codes, its trucks, its domains."""


@dataclass(frozen=True, slots=True)
class Beside:
    """One figure, predicted and measured."""

    name: str
    """What of it."""
    predicted: float
    """As the plan has it."""
    measured: float
    """As the run had it."""

    @property
    def error(self) -> float:
        """How far off, over what was measured."""
        return abs(self.predicted - self.measured) / self.measured if self.measured else 1.0


def predicted_shares(strategy: str, topic: str, partitions: int) -> list[float]:
    """Return the share of each partition of a topic as the plan places the keys, with the producer's own buckets."""
    profile, fields = _profile(), ProducerSettings.model_fields
    codes = next(each.codes for each in profile.topics if each.name == topic)
    heavy, buckets = fields["key_heavy_codes"].default, fields["key_buckets"].default
    return shares(codes, profile.trucks, KeyStrategy(strategy), partitions, heavy, buckets)


def hottest(strategy: str, topic: str, counts: Sequence[int]) -> Beside:
    """Return the hottest partition over the mean, predicted and counted."""
    found = skew(counts) if sum(counts) else 0.0
    return Beside(strategy, skew(predicted_shares(strategy, topic, len(counts))), found)


def misplaced(strategy: str, topic: str, counts: Sequence[int]) -> float:
    """Return the share of the messages that are on another partition than the plan says."""
    total = max(sum(counts), 1)
    pairs = zip(predicted_shares(strategy, topic, len(counts)), counts, strict=True)
    return sum(abs(share - count / total) for share, count in pairs) / 2


def besides(poc: Poc) -> list[Beside]:
    """Return what the plan says beside what was measured: each key's hottest partition, and the rate of scale-out.

    Of the rate the plan knows no better than that what is asked for is produced.
    """
    last = [strategy.scales[-1] for strategy in poc.strategies]
    asked = sum(scale.processes * poc.rate for scale in last) / len(last)
    rate = Beside("rate", asked, sum(scale.rate for scale in last) / len(last))
    return [*(hottest(each.name, WATCHED, each.counts) for each in poc.strategies), rate]


def moved(poc: Poc) -> dict[str, float]:
    """Return the share of messages on another partition than the plan says, by key."""
    return {each.name: misplaced(each.name, WATCHED, each.counts) for each in poc.strategies}


def prediction(poc: Poc) -> list[list[str]]:
    """Return the rows of the report's table."""
    rows = [["figure", "predicted", "measured", "error", "misplaced"]]
    elsewhere = moved(poc)
    for each in besides(poc):
        share = elsewhere.get(each.name)
        name = "msg/s, scaled out" if share is None else f"hottest / mean by {each.name}"
        figures = [
            f"{value:,.2f}" if share is not None else f"{value:,.0f}" for value in (each.predicted, each.measured)
        ]
        rows.append([name, *figures, f"{each.error:.1%}", "" if share is None else f"{share:.1%}"])
    return rows


def validation(poc: Poc) -> dict[str, Any]:
    """Return the figures as build/poc/validation.json has them."""
    found = besides(poc)
    return {
        "error": {each.name: round(each.error, 3) for each in found},
        "predicted": {each.name: round(each.predicted, 2) for each in found},
        "measured": {each.name: round(each.measured, 2) for each in found},
        "misplaced": {name: round(share, 4) for name, share in moved(poc).items()},
        "at": poc.at,
        "broker": poc.broker,
        "cores": poc.cores,
    }


@cache
def _profile() -> Profile:
    return load(PROFILE)
