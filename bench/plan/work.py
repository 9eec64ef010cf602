"""What a batch's time would have been with a machine of its own: the time it took, less what sharing the cores cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bench.plan.history import Invocation
from plan.simulate.run import speed

BATCH_CORES = (0.5, 2.0)
"""What a batch keeps busy at least and at most: function and service take turns, and each has one thread that works."""

ROUNDS = 20
"""Halvings of that range: more than any figure needs."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """How the processes of a run share the machine's cores."""

    cores: float
    """Cores that the run could have."""
    batch_cores: float
    """Cores that a batch under way keeps busy, while nothing slows it down."""
    arrival_core_s: float
    """Seconds of a core that a record takes as it comes, beside the batches."""
    rate: float
    """Records that come a second, until the last one."""
    last_ack: float
    """When that is (s)."""

    def speed(self, at: float, under_way: int) -> float:
        """Return how fast batches run at a time, 1 being as with a machine of their own."""
        come = self.rate * self.arrival_core_s if at < self.last_ack else 0.0
        return speed(self.cores, under_way * self.batch_cores + come)


def alone_s(invocation: Invocation, others: Sequence[Invocation], sharing: Sharing) -> float:
    """Return how long an invocation would have taken alone; `others` may have it too."""
    others = [each for each in others if each is not invocation]
    bends = [sharing.last_ack, *(at for each in others for at in (each.began, each.ended))]
    inside = sorted({invocation.began, invocation.ended, *(at for at in bends if _within(at, invocation))})
    total = 0.0
    for begins, ends in pairwise(inside):
        middle = (begins + ends) / 2
        under_way = 1 + sum(1 for each in others if _within(middle, each))
        total += (ends - begins) * sharing.speed(middle, under_way)
    return total


def sharing_of(
    invocations: Sequence[Invocation],
    cores: float,
    taken_s: tuple[float, float],
    rate: float,
    last_ack: float,
) -> Sharing:
    """Return how a run shared the cores, from the seconds that its batches and everything beside them took.

    A batch that shares takes longer and keeps fewer cores busy, so that its cores cannot be read off. The more it is
    taken to keep, the more seconds its time explains: the range is halved until they are the seconds that were taken.
    """
    batches_s, beside_s = taken_s
    least, most = BATCH_CORES
    sharing = Sharing(cores, least, beside_s / max(rate * last_ack, 1.0), rate, last_ack)
    for _ in range(ROUNDS):
        sharing = replace(sharing, batch_cores=(least + most) / 2)
        alone = sum(alone_s(each, invocations, sharing) for each in invocations)
        if sharing.batch_cores * alone < batches_s:
            least = sharing.batch_cores
        else:
            most = sharing.batch_cores
    return sharing


def _within(at: float, invocation: Invocation) -> bool:
    return invocation.began < at < invocation.ended
