"""What goes wrong in the demo, and when. Pure: takes elapsed seconds, returns the steps that are due."""

from collections.abc import Iterator
from dataclasses import dataclass, field

BAD_INPUT = "malformed=20,unknown_codigo=20,tombstone=5"
"""Bad messages that the producer mixes in, spread over the run."""

REDELIVERED_BATCHES = (1, 2, 3)
"""The successful batches of consumer B that are delivered twice."""

_THROTTLE_S = 3.0
"""Seconds that the telemetry queue throttles, at most."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """Something done to the system on purpose."""

    at_s: float
    """Seconds after the start."""
    name: str
    """What `run` does."""
    says: str
    """What the user reads."""


def steps(duration_s: float) -> list[PlannedStep]:
    """Return the steps of a run in order.

    What makes a backlog comes early, so that it goes while messages still arrive. The partner dies when the others are
    well again, for a third of the run: then its death is what they would notice.
    """
    throttle_s = min(_THROTTLE_S, duration_s * 0.15)
    return [
        PlannedStep(0.08 * duration_s, "crash", "consumer A's dispatcher crashes after its sends, before it settles"),
        PlannedStep(0.15 * duration_s, "throttle", f"the telemetry queue throttles for {throttle_s:.0f} s"),
        PlannedStep(0.15 * duration_s + throttle_s, "unthrottle", "the telemetry queue takes messages again"),
        PlannedStep(0.32 * duration_s, "join", "consumer C joins late: the group rebalances"),
        PlannedStep(0.38 * duration_s, "kill", "consumer A is killed (SIGKILL): the group finds out and rebalances"),
        PlannedStep(0.60 * duration_s, "die", "the partner's webhook refuses connections"),
        PlannedStep(0.93 * duration_s, "recover", "the partner's webhook takes requests again"),
    ]


@dataclass(slots=True)
class Plan:
    """The steps that are not yet taken."""

    left: list[PlannedStep] = field(default_factory=list)

    def due(self, elapsed_s: float) -> Iterator[PlannedStep]:
        """Yield the steps that are due, each of them once."""
        while self.left and self.left[0].at_s <= elapsed_s:
            yield self.left.pop(0)
