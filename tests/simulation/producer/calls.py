"""What may happen at a call that the producer makes of its client, its disk or its source."""

from collections.abc import Mapping
from enum import Enum

from tests.simulation.producer.turns import Killed, Turns


class Happening(Enum):
    """What goes wrong at a call."""

    KILL = "the process is killed before the call"
    KILL_AFTER = "the process is killed after the call, which it does in part only where it can"
    FAIL = "the call fails: the disk says an error, the client's queue is full, the source cannot be read"
    FREEZE = "the process stands still for half a minute"


FROZEN_S = 30.0


class Calls:
    """Numbers the calls, and lets happen what a script says of them. Each is a point at which others may go on."""

    def __init__(self, turns: Turns, script: Mapping[int, Happening]) -> None:
        self.made = 0
        self.happened: list[Happening] = []
        self.last = ""
        """What was called last."""
        self._turns = turns
        self._script = script

    def calm(self) -> None:
        """Let nothing happen any more."""
        self._script = {}

    def take(self, name: str) -> bool:
        """Come to a call; return whether it fails. What is killed after it is killed at the point after it.

        Raises:
            Killed: the process is no more.
        """
        self._turns.point()
        self.made += 1
        what = self._script.get(self.made)
        if what is None:
            return False
        self.happened.append(what)
        self.last = name
        if what is Happening.FREEZE:
            self._turns.stand_still(FROZEN_S)
        elif what is Happening.KILL:
            self._turns.dead = True
            raise Killed
        elif what is Happening.KILL_AFTER:
            self._turns.dead = True
        return what is Happening.FAIL
