"""What goes wrong in the demo, and when. Pure: elapsed seconds in, the steps that are due out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

BAD_INPUT = "malformed=20,unknown_codigo=20,tombstone=5"
"""What the producer mixes in, spread over the run."""

REDELIVERED_BATCHES = (1, 2, 3)
THROTTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """Something done to the system on purpose; `name` is what `run` does, `says` what the user reads."""

    at_s: float
    name: str
    says: str


def steps(duration_s: float) -> list[PlannedStep]:
    """The steps of a run, in order; all are over early enough for the backlog to go while messages still come."""
    throttle_s = min(THROTTLE_S, duration_s * 0.15)
    return [
        PlannedStep(0.08 * duration_s, "crash", "consumer A's dispatcher crashes after its sends, before it settles"),
        PlannedStep(0.15 * duration_s, "throttle", f"the telemetry queue throttles for {throttle_s:.0f} s"),
        PlannedStep(0.15 * duration_s + throttle_s, "unthrottle", "the telemetry queue takes messages again"),
        PlannedStep(0.32 * duration_s, "join", "consumer C joins late: the group rebalances"),
        PlannedStep(0.38 * duration_s, "kill", "consumer A is killed (SIGKILL): the group finds out and rebalances"),
    ]


@dataclass(slots=True)
class Plan:
    """The steps still to come."""

    left: list[PlannedStep] = field(default_factory=list)

    def due(self, elapsed_s: float) -> Iterator[PlannedStep]:
        """The steps that are due; each comes once."""
        while self.left and self.left[0].at_s <= elapsed_s:
            yield self.left.pop(0)
