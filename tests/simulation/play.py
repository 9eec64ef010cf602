"""Plays a scenario: its steps, then calm until all is done, then the promises."""

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation import promises
from tests.simulation.downstream import Trouble
from tests.simulation.mapping import Mapping
from tests.simulation.scenario import Act, Scenario, Step
from tests.simulation.world import OTHER, World

Trace = Callable[[str], None]
CODES = (300, 300, 301, 301, 302, 303, 999)
LONGEST_CALM = 400
"""Rounds of calm after which something that is not done never will be."""
LONGEST_WAIT_MS = 600_000
CURED_AFTER = 60
"""Rounds of calm without progress after which a receiver is mended that fails on a message, where records wait for it
in Kafka: a message that fails alone in all traffic is not told from an outage there."""
LATER_MS = (1_000, 5_000, 30_000, 360_000, 3_600_000)
SKEWS_MS = (0, 5_000, -5_000, 600_000, -600_000)


@dataclass(slots=True)
class Played:
    """What a scenario came to."""

    violation: str = ""
    """What did not hold, in one line; empty where all did."""
    where: str = ""
    """The traceback of a violation."""
    calls: int = 0
    """Calls of stores, queues and destinations: the steps at which something may happen."""
    faults: Counter[str] = field(default_factory=Counter)
    """What went wrong, by kind."""


def play(scenario: Scenario, trace: Trace | None = None) -> Played:
    """Play a scenario to its end; whatever is raised is a violation."""
    played, history = Played(), History(scenario, trace)
    try:
        history.play()
    except Exception as error:
        played.violation = f"{type(error).__name__}: {error}".replace("\n", " ")[:500]
        played.where = traceback.format_exc()
    played.calls = history.world.steps.taken
    played.faults = history.faults
    played.faults.update(happening.name.lower() for happening in history.world.steps.happened)
    return played


class History:
    """One world, and what is done to it."""

    def __init__(self, scenario: Scenario, trace: Trace | None = None) -> None:
        self.scenario = scenario
        self.world = World([], {}, scenario.happenings, when_down=scenario.when_down)
        self.mappings = [
            Mapping(scenario.retry, scenario.size, bisect=scenario.bisect, any_order=scenario.any_order)
            for _ in range(2)
        ]
        self.faults: Counter[str] = Counter()
        self._trace = trace
        self._acts: dict[Act, Callable[[int, int, int], str]] = {
            Act.PRODUCE: self._produce,
            Act.DELIVER: self._deliver,
            Act.DRAIN: self._drain,
            Act.LATER: self._later,
            Act.OUTAGE: self._outage,
            Act.RECOVER: self._recover,
            Act.REFUSE: self._refuse,
            Act.POISON: self._poison,
            Act.FAIL_OVER: self._fail_over,
            Act.DEPLOY: self._deploy,
            Act.CLOCK: self._clock,
        }

    def play(self) -> None:
        """Play it.

        Raises:
            AssertionError: a promise was broken.
        """
        for step in self.scenario.steps:
            self._do(step)
            promises.check_ledgers(self.world)
        self._calm()
        promises.check(self.world, ordered=not self.scenario.any_order)

    def _do(self, step: Step) -> None:
        world = self.world
        before, happened = world.steps.taken, len(world.steps.happened)
        said = self._acts[step.act](*step.numbers)
        if self._trace is not None:
            what = "".join(f"; {each.name}" for each in world.steps.happened[happened:])
            self._trace(
                f"{world.ms % 10**9:>10} ms {step.act.name:<10} {said} (calls {before}-{world.steps.taken}{what})"
            )

    def _calm(self) -> None:
        """Let nothing more go wrong: then everything must come to an end."""
        world = self.world
        world.steps.calm()
        self._recover(0, 0, 0)
        world.skew_ms = 0
        idle = 0
        for turn in range(LONGEST_CALM):
            before = self._progress()
            world.drain()
            batches = [(mapping, mapping.next_batch(turn * self.scenario.size)) for mapping in self.mappings]
            for mapping, batch in batches:
                if batch:
                    world.deliver(mapping, batch)
            promises.check_ledgers(world)
            if not world.hold.messages and all(mapping.done for mapping in self.mappings):
                return
            idle = 0 if self._progress() != before else idle + 1
            if idle == CURED_AFTER and self.scenario.when_down == "wait":  # it would wait for ever, as in an outage
                world.a.poison, world.b.poison = set(), set()
            world.ms += min(2_000 * 2 ** min(idle, 10), LONGEST_WAIT_MS)
        raise AssertionError("it never came to an end")

    def _progress(self) -> tuple[int, ...]:
        world = self.world
        taken = len(world.a.taken) + len(world.b.taken) + len(world.shelf.letters)
        return (
            taken,
            len(world.hold.messages),
            *(len(mapping.undone(name)) for mapping in self.mappings for name in mapping.fresh),
        )

    def _produce(self, a: int, b: int, c: int) -> str:
        cluster, partition, number = a % 5 == 0, a % 2, 1 + b % 6
        name = OTHER * cluster + f"t-{partition}"
        for index in range(number):
            codigo = CODES[(b + c * (index + 1)) % len(CODES)]
            place = self.world.produce(partition, codigo, (c + index) % 3, cluster=int(cluster), gap=(a + index) % 3)
            self.mappings[cluster].appended(name, place[1])
        return f"{number} in {name}"

    def _deliver(self, a: int, b: int, _: int) -> str:
        mapping = self.mappings[a % 5 == 0]
        batch = mapping.next_batch(b % 10)
        if not batch:
            return "nothing"
        shown = {name: list(offsets) for name, offsets in batch.items()}
        return f"{shown} -> failed {self.world.deliver(mapping, batch)}"

    def _drain(self, a: int, b: int, _: int) -> str:
        times = sum(self.world.drain(1 + a % 5) for _ in range(1 + b % 3))
        return f"{times} times"

    def _later(self, a: int, _b: int, _c: int) -> str:
        later = LATER_MS[a % len(LATER_MS)]
        self.world.ms += later
        return f"{later} ms"

    def _outage(self, a: int, b: int, _: int) -> str:
        down = (self.world.b, self.world.b, self.world.a)[a % 3]
        down.trouble = tuple(Trouble)[b % len(Trouble)]
        self.faults[f"destination_{down.trouble.name.lower()}"] += 1
        return f"{down.name}: {down.trouble.value}"

    def _recover(self, _a: int, _b: int, _c: int) -> str:
        self.world.a.trouble = self.world.b.trouble = None
        return "all"

    def _refuse(self, a: int, b: int, _: int) -> str:
        return self._mark("refused", a, b)

    def _poison(self, a: int, b: int, _: int) -> str:
        return self._mark("poison", a, b)

    def _mark(self, kind: str, a: int, b: int) -> str:
        places = list(self.world.messages)
        if not places:
            return "nothing"
        down, place = (self.world.a, self.world.b)[a % 2], places[b % len(places)]
        getattr(down, kind).add(place)
        self.faults[kind] += 1
        return f"{down.name} {place}"

    def _fail_over(self, a: int, _b: int, _c: int) -> str:
        logs = {name: [record["offset"] for record in log] for name, log in self.world.records.items()}
        self.mappings[a % 5 == 0].fail_over(logs)
        self.faults["fail_over"] += 1
        return "mapping of the other cluster" if a % 5 == 0 else "mapping"

    def _deploy(self, _a: int, _b: int, _c: int) -> str:
        self.world.dispatching, self.world.draining = self.world.environment(), self.world.environment()
        self.faults["deploy"] += 1
        return "dispatcher and drainer"

    def _clock(self, a: int, _b: int, _c: int) -> str:
        self.world.skew_ms = SKEWS_MS[a % len(SKEWS_MS)]
        self.faults["clock"] += 1
        return f"{self.world.skew_ms} ms"
