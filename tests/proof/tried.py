"""What became of the mutants of a module: on disk as soon as it is known, so that a run that is ended loses nothing."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from tests.proof import mutants
from tests.proof.fork_run import Outcome, Verdict
from tests.proof.tree import ROOT

NUMBERED = Path(mutants.__file__)
"""What gives mutants their numbers."""


class Tried:
    """Those of a module as its code is now; what was tried of other code says nothing of it."""

    def __init__(self, place: Path, file: str) -> None:
        """Read what earlier runs came to.

        Args:
            place: the file that has it.
            file: the module.
        """
        self._place = place
        self._file = file
        self._code = sha256((ROOT / file).read_bytes() + NUMBERED.read_bytes()).hexdigest()
        self.noticed: dict[int, Outcome] = {}
        """How those ended that tests noticed, by number."""
        self.survived: dict[int, int] = {}
        """How many stages of tests did not notice the others."""
        found = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
        if found.get("code") == self._code:
            self.survived = {int(number): stages for number, stages in found["survived"].items()}
            self.noticed = {
                int(number): Outcome(int(number), Verdict(how), seconds)
                for number, (how, seconds) in found["noticed"].items()
            }

    def add(self, outcome: Outcome, stages: int) -> None:
        """Write down how a mutant ended in the last of so many stages of tests."""
        if outcome.verdict is Verdict.GREEN:
            self.survived[outcome.number] = stages
        else:
            self.survived.pop(outcome.number, None)
            self.noticed[outcome.number] = outcome
        self._write()

    def again(self) -> None:
        """Let all tests look anew at what survived them: they may be others by now."""
        self.survived = dict.fromkeys(self.survived, 0)

    def _write(self) -> None:
        noticed: Mapping[int, tuple[str, float]] = {
            number: (each.verdict.value, round(each.seconds, 2)) for number, each in sorted(self.noticed.items())
        }
        fields = {"file": self._file, "code": self._code, "noticed": noticed, "survived": self.survived}
        self._place.parent.mkdir(parents=True, exist_ok=True)
        new = self._place.with_suffix(".new")
        new.write_text(json.dumps(fields) + "\n", encoding="utf-8")
        new.replace(self._place)
