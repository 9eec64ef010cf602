"""A history as data: its set-up, its steps, and what happens at which call. A seed decides all of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, unique
from random import Random
from typing import NamedTuple

from tests.simulation.mapping import Retry
from tests.simulation.steps import Happening


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


class Step(NamedTuple):
    """One step, with numbers that say on what."""

    act: Act
    numbers: tuple[int, int, int]


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
    happenings: Mapping[int, Happening]
    """What happens, by the number of the call that the code makes of a store, a queue or a destination."""

    def simpler(self) -> Iterator["Scenario"]:
        """Yield scenarios with a part left out, large parts first."""
        length = len(self.steps) // 2
        while length:
            for start in range(0, len(self.steps), length):
                yield replace(self, steps=self.steps[:start] + self.steps[start + length :])
            length //= 2
        for number in self.happenings:
            yield replace(self, happenings={key: each for key, each in self.happenings.items() if key != number})
        for place, step in enumerate(self.steps):
            for index, number in enumerate(step.numbers):
                if number:
                    numbers = (*step.numbers[:index], 0, *step.numbers[index + 1 :])
                    changed = step._replace(numbers=(numbers[0], numbers[1], numbers[2]))
                    yield replace(self, steps=(*self.steps[:place], changed, *self.steps[place + 1 :]))


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
        steps=steps,
        happenings=happenings,
    )


HAPPENINGS = tuple(Happening)
