"""Judges the mutants of a module: by its own tests, twice, then by those of its part, then by thorough ones.

Most mutants are so wrong that the first examples show it; only what is left must be looked at for longer. Tests over
real sockets go by the clock, and a busy machine may fail them: what is red by them is tried again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        self, part: Part, file: str, found: Mapping[int, Mutant], survived: Mapping[int, int], *, thorough: bool
    ) -> Iterator[tuple[Outcome, int]]:
        """Yield how each ended in a stage of tests, with the stage's number, as soon as it is known.

        Args:
            part: what the module belongs to.
            file: the module.
            found: its mutants, by number.
            survived: how many stages did not notice a mutant before; those are left out.
            thorough: whether to go beyond the first look, which also leaves out what takes an import for each mutant.
        """
        own = own_tests(file) or part.tests
        stages = [Stage(own, FEW)]
        if thorough:
            stages += [Stage(own, USUAL), Stage(part.tests, USUAL), Stage(part.thorough, USUAL)]
        left = dict(found)
        for number, stage in enumerate(stages, 1):
            asked = {each: mutant for each, mutant in left.items() if survived.get(each, 0) < number}
            if not asked or not stage.tests:
                continue
            for outcome in self._ended(file, stage, asked, imported=thorough):
                if outcome.verdict is not Verdict.GREEN:
                    del left[outcome.number]
                yield outcome, number
            self._say(f"  {file}: {len(left)} left by {' '.join(stage.tests)}")

    def _ended(self, file: str, stage: Stage, found: Mapping[int, Mutant], *, imported: bool) -> Iterator[Outcome]:
        """Yield how each ends; twice it must be red by tests over real sockets."""
        doubtful = any(test.startswith("integration") for test in stage.tests)
        again: dict[int, Mutant] = {}
        for outcome in self._outcomes(file, stage, found, imported=imported):
            if doubtful and outcome.verdict is not Verdict.GREEN:
                again[outcome.number] = found[outcome.number]
            else:
                yield outcome
        if again:
            yield from self._outcomes(file, stage, again, imported=imported)

    def _outcomes(self, file: str, stage: Stage, found: Mapping[int, Mutant], *, imported: bool) -> Iterator[Outcome]:
        """Run a stage's tests: with the changed functions in the places of the sound ones, or with the changed module
        imported where that cannot be."""
        trees = {number: mutant.tree for number, mutant in found.items()}
        tests = [f"tests/{test}" for test in stage.tests]
        ended = collected_run.outcomes(ROOT / file, trees, tests, stage.examples, _longest_s, at_once=self._at_once)
        sound = next(ended, None)
        if sound is None or sound.verdict is not Verdict.GREEN:
            raise RedWithoutError(f"{file}: these tests are not green without a mutant: {' '.join(tests)}")
        rest = dict(found)
        for outcome in ended:
            del rest[outcome.number]
            yield outcome
        if imported:
            longest_s = _longest_s(sound.seconds + 1)  # it imports the product, too
            yield from self._imported(file, tests, stage.examples, longest_s, rest)

    def _imported(
        self, file: str, tests: Sequence[str], examples: int, longest_s: int, found: Mapping[int, Mutant]
    ) -> Iterator[Outcome]:
        jobs: Iterable[Job] = (
            Job(number, module_of(file), ROOT / file, mutant.tree, tests, examples, longest_s)
            for number, mutant in found.items()
        )
        return fork_run.outcomes(iter(jobs), self._at_once)


def _longest_s(sound_s: float) -> int:
    return int(sound_s * SLOWER + SLOWER_S)
