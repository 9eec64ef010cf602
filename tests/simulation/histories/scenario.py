"""A history as data: its set-up, its steps, and what happens at which call. A seed decides all of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, unique
from random import Random

from tests.simulation.histories.simpler import NumberedStep, simpler
from tests.simulation.world.mapping import Retry
from tests.simulation.world.steps import Happening


@unique
class Act(Enum):
    """What is done in a step. Its numbers choose among what there is then, so that any step may be left out.

    The numbers here say how often each is drawn, beside the others.
    """

    PRODUCE = 24.0
    PRODUCE_TWICE = 1.0
    PRODUCE_LARGE = 0.03
    DELIVER = 40.0
    FAIL_OVER = 3.0
    RECREATE = 0.7
    RETAIN = 0.8
    COMPACT = 0.9
    DISCARD = 1.1
    DRAIN = 14.0
    LATER = 8.0
    OUTAGE = 6.0
    RECOVER = 4.2
    REFUSE = 2.0
    POISON = 2.1
    DEPLOY = 2.2
    CLOCK = 1.2
    ROUTES = 1.3
    PAUSE = 1.4
    RESUME = 1.5
    GIVE_UP = 1.6
    REWIND = 0.6
    REPLAY = 3.1
    HURRY = 1.15
    KEEP_DELETED = 0.95
    WRITE_FOREIGN = 0.5


Step = NumberedStep[Act]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One history."""

    seed: int
    when_down: str
    retry: Retry
    size: int
    bisect: bool
    any_order: bool
    steps: tuple[Step, ...]
    invocations: int
    """Of the consumer's own policy, how many may be under way; 0 is a mapping of AWS instead."""
    happenings: Mapping[int, Happening]
    """What happens, by the number of the call that the code makes of a store, a queue or a destination."""

    def simpler(self) -> Iterator["Scenario"]:
        """Yield scenarios with a part left out, large parts first."""
        for steps, happenings in simpler(self.steps, self.happenings):
            yield replace(self, steps=steps, happenings=happenings)

    def facts(self) -> str:
        """Return its set-up in a few words."""
        flags = ", bisect" * self.bisect + ", any order" * self.any_order
        flags += f", consumer with {self.invocations} invocations" * (self.invocations > 0)
        return f"{self.when_down}, retry {self.retry}, batches of {self.size}{flags}"


def scenario(seed: int) -> Scenario:
    """Return the history that a seed stands for."""
    random = Random(seed)
    chosen = random.choices(tuple(Act), [act.value for act in Act], k=random.randint(5, 40))
    steps = tuple(Step(act, (random.randint(0, 99), random.randint(0, 99), random.randint(0, 99))) for act in chosen)
    calls = random.choice((0, 60, 120, 240))
    happenings = {
        random.randint(0, calls): random.choice(HAPPENINGS) for _ in range(random.randint(0, 8) if calls else 0)
    }
    return Scenario(
        seed,
        when_down=random.choice(("divert", "divert", "wait")),
        retry=random.choice(("failed", "lowest", "batch")),
        size=random.randint(1, 12),
        bisect=random.random() < 0.3,
        any_order=random.random() < 0.1,
        invocations=random.choice((0, 0, 1, 2)),
        steps=steps,
        happenings=happenings,
    )


HAPPENINGS = tuple(Happening)
