"""Makes a failing scenario as small as it can while it still fails in the same way."""

import time

from tests.simulation.histories.played import Played
from tests.simulation.histories.worlds import S, World

LONGEST_S = 20.0
"""A person waits."""


def shrink(world: World[S], scenario: S, violation: str) -> S:
    """Return the smallest scenario found that breaks the same promise."""
    end = time.monotonic() + LONGEST_S
    kind = _kind(violation)
    while True:
        for smaller in scenario.simpler():
            if time.monotonic() > end:
                return scenario
            if _kind(world.play(smaller, None).violation) == kind:
                scenario = smaller
                break
        else:
            return scenario


def _kind(violation: str) -> str:
    """Return a violation without its numbers."""
    return "".join(letter for letter in violation if letter.isalpha() or letter == " ")[:60]


def replay(world: World[S], scenario: S) -> tuple[Played, list[str]]:
    """Play a scenario, and return its trace too."""
    lines: list[str] = []
    return world.play(scenario, lines.append), lines
