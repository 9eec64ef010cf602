"""Judges the mutants of a module: by its own tests, twice, then by those of its part, then by thorough ones.

Most mutants are so wrong that the first examples show it; only what is left must be looked at for longer. Tests over
real sockets go by the clock, and a busy machine may fail them: what is red by them is tried again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tests.proof import collected_run, fork_run
from tests.proof.fork_run import Job, Outcome, Verdict
from tests.proof.mutants import Mutant
from tests.proof.parts import Part, module_of, own_tests
from tests.proof.tree import ROOT

SLOWER = 5
"""A mutant's tests may use so many times as much of the processor as those of the sound code, and SLOWER_S more."""
SLOWER_S = 5

FEW, USUAL = 10, 30
"""Percent of a property's examples: for the first look, and as in `make test`."""


class RedWithoutError(Exception):
    """The tests are red in sound code: nothing can be told by them."""


class Stage(NamedTuple):
    """Tests, and with how many examples they look."""

    tests: Sequence[str]
    examples: int


class Judge:
    """Runs tests with mutants, some side by side."""

    def __init__(self, at_once: int, say: Callable[[str], None]) -> None:
        self._at_once = at_once
        self._say = say

    def judge(
        self, part: Part, file: str, found: Mapping[int, Mutant], *, thorough: bool
    ) -> tuple[list[Outcome], list[int]]:
        """Return the outcomes of those that were noticed, and the numbers of those that were not."""
        own = own_tests(file) or part.tests
        stages = [Stage(own, FEW), Stage(own, USUAL)]
        if thorough:
            stages += [Stage(part.tests, USUAL), Stage(part.thorough, USUAL)]
        noticed: list[Outcome] = []
        left = list(found)
        for stage in stages:
            if not left or not stage.tests:
                continue
            ended = self._outcomes(file, stage, {number: found[number] for number in left})
            if any(test.startswith("integration") for test in stage.tests):
                red = [outcome.number for outcome in ended if outcome.verdict is not Verdict.GREEN]
                ended = self._outcomes(file, stage, {number: found[number] for number in red}) if red else []
            noticed += [outcome for outcome in ended if outcome.verdict is not Verdict.GREEN]
            left = sorted(set(left) - {outcome.number for outcome in noticed})
            self._say(f"  {file}: {len(left)} left by {' '.join(stage.tests)}")
        return noticed, left

    def _outcomes(self, file: str, stage: Stage, found: Mapping[int, Mutant]) -> list[Outcome]:
        """Run a stage's tests: with the changed functions in the places of the sound ones, or with the changed module
        imported where that cannot be."""
        trees = {number: mutant.tree for number, mutant in found.items()}
        tests = [f"tests/{test}" for test in stage.tests]
        ended = list(
            collected_run.outcomes(ROOT / file, trees, tests, stage.examples, _longest_s, at_once=self._at_once)
        )
        if not ended or ended[0].verdict is not Verdict.GREEN:
            raise RedWithoutError(f"{file}: these tests are not green without a mutant: {' '.join(tests)}")
        sound, *ended = ended
        rest = found.keys() - {outcome.number for outcome in ended}
        longest_s = _longest_s(sound.seconds + 1)  # it imports the product, too
        return ended + self._imported(file, tests, stage.examples, longest_s, {n: found[n] for n in sorted(rest)})

    def _imported(
        self, file: str, tests: Sequence[str], examples: int, longest_s: int, found: Mapping[int, Mutant]
    ) -> list[Outcome]:
        jobs: Iterable[Job] = (
            Job(number, module_of(file), ROOT / file, mutant.tree, tests, examples, longest_s)
            for number, mutant in found.items()
        )
        return list(fork_run.outcomes(iter(jobs), self._at_once))


def _longest_s(sound_s: float) -> int:
    return int(sound_s * SLOWER + SLOWER_S)
