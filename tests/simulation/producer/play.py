"""Plays a producer's history: what its steps say, process after process, then calm until all is done."""

import logging
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.histories.played import Played, Trace
from tests.simulation.producer import acts, promises
from tests.simulation.producer.scenario import Act, Scenario, Step
from tests.simulation.producer.turns import BEGAN_S
from tests.simulation.producer.world import Act as ActFunction
from tests.simulation.producer.world import World

MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of its own is made in it
"""Files in memory, where there are some: nothing outlives a history."""
LONGEST_CALM_S = 240.0
"""Seconds of calm after which something that is not done never will be: the longest pause is 30 s, and a batch too
large for its topic is halved after each."""
LOOK_S = 2.0
ACTS: Mapping[Act, ActFunction] = {act: getattr(acts, act.name.lower() + "_" * (act is Act.BREAK)) for act in Act}
"""Each act is the function of its name."""


def play(scenario: Scenario, trace: Trace | None = None) -> Played:
    """Play a scenario to its end; whatever is raised is a violation."""
    played = Played()
    root = MEMORY if MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="comboio-simulation-", dir=root) as directory, _silence():
        history = History(scenario, Path(directory), trace)
        try:
            history.play()
        except Exception as error:
            played.violation = f"{type(error).__name__}: {error}".replace("\n", " ")[:500]
            played.where = traceback.format_exc()
        finally:
            history.world.lines.close_pipe()
    played.calls = history.world.calls.made
    played.faults = history.faults + history.world.cluster.faults
    played.faults.update(happening.name.lower() for happening in history.world.calls.happened)
    return played


class History:
    """One world, and what is done to it."""

    def __init__(self, scenario: Scenario, directory: Path, trace: Trace | None) -> None:
        self.world = World(scenario, directory)
        self.faults: Counter[str] = Counter()
        self._steps = scenario.steps
        self._trace = trace
        self._over = False
        self._calm_since = 0.0

    def play(self) -> None:
        """Play it.

        Raises:
            AssertionError: a promise was broken.
        """
        world, at = self.world, BEGAN_S
        for step in self._steps:
            world.turns.at(at, partial(self._perform, step))
            at += _gap_s(step.numbers[2])
        world.turns.at(at, self._calm)
        while not self._over:
            figures = world.live()
            how = "was killed" if figures is None else f"ended: {figures.acked} acknowledged, {figures.spooled} spooled"
            self._tell(f"a process {how}")
            world.rest(figures)
        promises.check(world)

    def _perform(self, step: Step) -> None:
        said = ACTS[step.act](self.world, *step.numbers)
        if not step.act.name.startswith(("WRITE", "RECOVER", "MEND")):
            self.faults[step.act.name.lower()] += 1
        self._tell(f"{step.act.name} {said}")

    def _calm(self) -> None:
        self._tell("calm")
        self.world.mend()
        self._calm_since = self.world.turns.now
        self._look()

    def _look(self) -> None:
        """See whether all is done: then the process is stopped, and the history over."""
        undone = promises.undone(self.world)
        if not undone:
            self._over = True
            self.world.stop()
            return
        assert self.world.turns.now - self._calm_since < LONGEST_CALM_S, f"it never came to an end: {undone}"
        self.world.turns.after(LOOK_S, self._look)

    def _tell(self, line: str) -> None:
        if self._trace is not None:
            self._trace(f"{self.world.turns.now - BEGAN_S:>8.2f} s {line} (call {self.world.calls.made})")


def _gap_s(number: int) -> float:
    """Return the seconds until the next step: mostly a few, seldom many."""
    return number / 20 if number < 90 else 5.0 * (number - 89)


@contextmanager
def _silence() -> Iterator[None]:
    """Log nothing: of what goes wrong here thousands of lines would say."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
