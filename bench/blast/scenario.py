"""The scenarios: what is wrong with the partner, and what a failed batch redelivers. Pure."""

from enum import StrEnum
from typing import NamedTuple

from consumer.inflight.inflight import RetryMode


class Mode(StrEnum):
    """How the partner behaves while messages are produced."""

    BASELINE = "baseline"
    """It is well."""
    DEAD = "dead"
    """It refuses connections."""
    SLOW = "slow"
    """It answers after SLOW_S, when nobody waits any more."""
    SLUGGISH = "sluggish"
    """It answers well, after SLUGGISH_S."""
    THROTTLE = "throttle"
    """It answers 429 above THROTTLE_PER_S messages a second."""
    FLAP = "flap"
    """It refuses connections and is well in turns of FLAP_S."""
    POISON = "poison"
    """It answers 500 to every POST that has one certain message in it, and stays so."""


SLOW_S = 30.0
SLUGGISH_S = 4.0
"""Below the webhook's timeout, and far above what a batch can wait for."""
THROTTLE_PER_S = 50.0
FLAP_S = 5.0

EVERY_RETRY = (Mode.BASELINE, Mode.DEAD)
"""Measured for each retry behaviour; the other modes for DEFAULT_RETRY only."""

DEFAULT_RETRY = RetryMode.LOWEST
"""AWS does not say which behaviour a mapping has; this one or a worse one is the likeliest."""


class Scenario(NamedTuple):
    """One run."""

    mode: Mode
    retry: RetryMode

    @property
    def name(self) -> str:
        """Return its name, as BLAST takes it."""
        return f"{self.mode.value}-{self.retry.value}"

    @property
    def baseline(self) -> "Scenario":
        """Return the run that it is compared with."""
        return Scenario(Mode.BASELINE, self.retry)


ALL = tuple(
    Scenario(mode, retry) for retry in RetryMode for mode in Mode if mode in EVERY_RETRY or retry is DEFAULT_RETRY
)


def choose(text: str) -> list[Scenario]:
    """Return the scenarios that a text names, each behind the baseline it needs; all for an empty text.

    A mode alone names its scenario with DEFAULT_RETRY.

    Raises:
        ValueError: a name is unknown; the text lists those there are.
    """
    known = {scenario.name: scenario for scenario in ALL}
    known |= {scenario.mode.value: scenario for scenario in ALL if scenario.retry is DEFAULT_RETRY}
    names = text.replace(",", " ").split()
    if unknown := [name for name in names if name not in known]:
        listed = ", ".join(scenario.name for scenario in ALL)
        raise ValueError(f"there is no scenario {', '.join(unknown)}; there are {listed}")
    wanted = {known[name] for name in names} or set(ALL)
    wanted |= {scenario.baseline for scenario in wanted}
    return [scenario for scenario in ALL if scenario in wanted]
