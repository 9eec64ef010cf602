"""A history of a producer as data: its options, what happens around it, and what at which call. A seed decides it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, unique
from random import Random

from tests.simulation.histories.simpler import NumberedStep, simpler
from tests.simulation.producer.calls import Happening
from tests.simulation.producer.input import SourceKind


@unique
class Act(Enum):
    """What is done in a step. The numbers here say how often each is drawn, beside the others."""

    WRITE = 30.0
    WRITE_IN_PART = 2.0
    ROTATE = 2.1
    DOWN = 4.0
    MUTE = 3.0
    SLOW = 3.1
    DENY = 1.0
    RECOVER = 10.0
    LIMIT = 1.1
    FATAL = 0.6
    HANG = 1.6
    FULL = 2.2
    BREAK = 1.8
    MEND = 6.0
    STOP = 2.3
    KILL = 3.3
    MACHINE_FAILS = 1.5


Step = NumberedStep[Act]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One history."""

    seed: int
    source: SourceKind
    queue: int
    """Messages that the client's queue takes."""
    delivery_s: int
    """PRODUCER_DELIVERY_TIMEOUT_MS, in seconds."""
    flush_s: int
    rate: int
    slack: int
    """By how much short waits are longer than asked for."""
    steps: tuple[Step, ...]
    happenings: Mapping[int, Happening]
    """What happens, by the number of the call that the producer makes of its client, its disk or its source."""

    def simpler(self) -> Iterator["Scenario"]:
        """Yield scenarios with a part left out, large parts first."""
        for steps, happenings in simpler(self.steps, self.happenings):
            yield replace(self, steps=steps, happenings=happenings)

    def facts(self) -> str:
        """Return its set-up in a few words."""
        return (
            f"{self.source}, queue of {self.queue}, delivery timeout {self.delivery_s} s, flush timeout "
            f"{self.flush_s} s, rate {self.rate}, slack {self.slack}"
        )


def scenario(seed: int) -> Scenario:
    """Return the history that a seed stands for."""
    random = Random(seed)
    chosen = random.choices(tuple(Act), [act.value for act in Act], k=random.randint(3, 20))
    steps = tuple(Step(act, (random.randint(0, 99), random.randint(0, 99), random.randint(0, 99))) for act in chosen)
    calls = random.choice((0, 100, 300, 900))
    happenings = {
        random.randint(1, calls): random.choice(HAPPENINGS) for _ in range(random.randint(0, 6) if calls else 0)
    }
    return Scenario(
        seed,
        source=random.choice(("file", "directory", "directory", "pipe")),
        queue=random.choice((10, 60, 400)),
        delivery_s=random.choice((1, 3, 20)),
        flush_s=random.choice((0, 2, 15)),
        rate=random.choice((0, 0, 200, 1_000)),
        slack=random.choice((4, 25, 50)),
        steps=steps,
        happenings=happenings,
    )


HAPPENINGS = tuple(Happening)
