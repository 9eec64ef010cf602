"""Plays a scenario: its steps, then calm until all is done, then the promises."""

import traceback
from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from random import Random

from tests.simulation.histories import acts_of_kafka as kafka
from tests.simulation.histories import acts_of_people as people
from tests.simulation.histories.played import Played, Trace
from tests.simulation.histories.scenario import Act, Scenario, Step
from tests.simulation.world import promises
from tests.simulation.world.consumer import ConsumerMapping
from tests.simulation.world.mapping import Mapping
from tests.simulation.world.world import World

LONGEST_CALM = 400
"""Rounds of calm after which something that is not done never will be."""
LONGEST_WAIT_MS = 3_600_000
DAY_MS = 86_400_000
CURED_AFTER = 20
"""Rounds of calm without progress after which a receiver is mended that fails on a message, where records wait for it
in Kafka: a message that fails alone in all traffic is not told from an outage there."""
ActFunction = Callable[["History", int, int, int], str]
ACTS: Dictionary[Act, ActFunction] = {
    act: getattr(kafka if hasattr(kafka, act.name.lower()) else people, act.name.lower()) for act in Act
}
"""Each act is the function of its name."""


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
        self.mappings = [self._mapping(number) for number in range(2)]
        self.faults: Counter[str] = Counter()
        self.world.others = self._others
        if scenario.invocations:
            self.world.beside = self._beside
        self._trace = trace

    def play(self) -> None:
        """Play it.

        Raises:
            AssertionError: a promise was broken.
        """
        for step in self.scenario.steps:
            self.perform(step)
            promises.check_ledgers(self.world)
        self._calm()
        promises.check(self.world, ordered=not self.scenario.any_order)

    def perform(self, step: Step) -> None:
        """Do one step."""
        world = self.world
        before, happened = world.steps.taken, len(world.steps.happened)
        said = ACTS[step.act](self, *step.numbers)
        if self._trace is not None:
            what = "".join(f"; {each.name}" for each in world.steps.happened[happened:])
            self._trace(
                f"{world.ms % 10**9:>10} ms {step.act.name:<10} {said} (calls {before}-{world.steps.taken}{what})"
            )

    def _calm(self) -> None:
        """Let nothing more go wrong: then everything must come to an end."""
        world = self.world
        world.steps.calm()
        people.recover(self, 0, 0, 0)
        people.resume(self, 0, 0, 0)
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
            waits = not world.diverts or any(route.when_down == "wait" for route in world.table.routes)
            if idle == CURED_AFTER and waits:
                world.a.poison, world.b.poison = set(), set()
            world.ms += min(2_000 * 2 ** min(idle, 20), LONGEST_WAIT_MS if idle < CURED_AFTER else DAY_MS)
        raise AssertionError("it never came to an end")

    def _progress(self) -> tuple[int, ...]:
        world = self.world
        taken = len(world.a.taken) + len(world.b.taken) + len(world.shelf.letters)
        return (
            taken,
            len(world.hold.messages),
            *(len(mapping.undone(name)) for mapping in self.mappings for name in mapping.fresh),
        )

    def take_out(self, name: str, offsets: list[int] | None) -> None:
        """Delete records from a log (None: all of them); those that were not done are gone."""
        world = self.world
        here = [record["offset"] for record in world.records[name]]
        gone = here if offsets is None else offsets
        for mapping in self.mappings:
            if name in mapping.fresh:
                undone = set(mapping.undone(name))
                world.gone |= {world.place_at(name, offset) for offset in gone if offset in undone}
                mapping.forget(name, offsets)
        world.records[name] = [record for record in world.records[name] if record["offset"] not in set(gone)]

    def _mapping(self, number: int) -> Mapping | ConsumerMapping:
        chosen = self.scenario
        if not chosen.invocations:
            return Mapping(chosen.retry, chosen.size, bisect=chosen.bisect, any_order=chosen.any_order)
        return ConsumerMapping(
            chosen.retry,
            chosen.size,
            lambda: self.world.ms,
            Random(chosen.seed + number),
            invocations=chosen.invocations,
            bisect=chosen.bisect,
            any_order=chosen.any_order,
        )

    def _beside(self) -> None:
        """Let the consumer begin another invocation while one waits for a call; else the drainer goes on."""
        world, mapping = self.world, self.mappings[0]
        if batch := mapping.next_batch(0):
            waiting, world.dispatching = world.dispatching, world.environment()
            world.deliver(mapping, batch)
            world.dispatching = waiting
        else:
            world.drain()

    def _others(self) -> None:
        mapping = self.mappings[0]
        if batch := mapping.next_batch(0):
            self.world.deliver(mapping, batch)
