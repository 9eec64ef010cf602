"""Judges the mutants of a module: by its own tests with few examples, then by all of its part's, then by thorough ones.

Most mutants are so wrong that the first examples show it; only what is left must be looked at for longer. Tests over
real sockets go by the clock, and a busy machine may fail them: what is red by them is tried again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tests.proof.fork_run import Job, Outcome, Verdict, outcomes
from tests.proof.mutants import Mutant
from tests.proof.parts import Part, module_of, own_tests
from tests.proof.tree import ROOT

SLOWER = 5
"""A mutant's tests may use so many times as much of the processor as those of the sound code, and SLOWER_S more."""
SLOWER_S = 5
SOUND_S = 900
"""Seconds that the tests may use in sound code."""

FEW, USUAL = 10, 30
"""Percent of a property's examples: for the first look, and as in `make test`."""


class RedWithoutError(Exception):
    """The tests are red in sound code: nothing can be told by them."""


class Stage(NamedTuple):
    """Tests, and with how many examples they look."""

    tests: Sequence[str]
    examples: int


class Judge:
    """Runs tests with mutants, and knows how long they take without."""

    def __init__(self, at_once: int, say: Callable[[str], None]) -> None:
        self._at_once = at_once
        self._say = say
        self._sound_s: dict[tuple[tuple[str, ...], int], float] = {}

    def judge(
        self, part: Part, file: str, found: Mapping[int, Mutant], *, thorough: bool
    ) -> tuple[list[Outcome], list[int]]:
        """Return the outcomes of those that were noticed, and the numbers of those that were not."""
        stages = [Stage(own_tests(file), FEW), Stage(part.tests, USUAL)]
        if thorough:
            stages.append(Stage(part.thorough, USUAL))
        noticed: list[Outcome] = []
        left = list(found)
        for stage in stages:
            if not left or not stage.tests:
                continue
            longest_s = int(self._sound(file, stage) * SLOWER + SLOWER_S)
            jobs = (_job(file, stage, number, found[number], longest_s) for number in left)
            ended = list(outcomes(jobs, self._at_once))
            if any(test.startswith("integration") for test in stage.tests):
                doubtful = [outcome.number for outcome in ended if outcome.verdict is not Verdict.GREEN]
                ended = [outcome for outcome in ended if outcome.verdict is Verdict.GREEN]
                again = (_job(file, stage, number, found[number], longest_s) for number in doubtful)
                ended += outcomes(again, self._at_once)
            noticed += [outcome for outcome in ended if outcome.verdict is not Verdict.GREEN]
            left = sorted(outcome.number for outcome in ended if outcome.verdict is Verdict.GREEN)
            self._say(f"  {file}: {len(ended)} tried, {len(left)} left by {' '.join(stage.tests)}")
        return noticed, left

    def _sound(self, file: str, stage: Stage) -> float:
        """Return how much of the processor tests use in sound code."""
        known = (tuple(stage.tests), stage.examples)
        if known not in self._sound_s:
            [outcome] = outcomes(iter([_job(file, stage, 0, None, SOUND_S)]), 1)
            if outcome.verdict is not Verdict.GREEN:
                raise RedWithoutError(f"{file}: tests are {outcome.verdict.value} without a mutant: {stage.tests}")
            self._say(f"  tests that use {outcome.seconds:.1f} s in sound code: {' '.join(stage.tests)}")
            self._sound_s[known] = outcome.seconds
        return self._sound_s[known]


def _job(file: str, stage: Stage, number: int, mutant: Mutant | None, longest_s: int) -> Job:
    tree = mutant.tree if mutant else None
    places = [f"tests/{test}" for test in stage.tests]
    return Job(number, module_of(file), ROOT / file, tree, places, stage.examples, longest_s)
