"""What happens at a step: every call that the code makes of a store, a queue or a destination is one."""

from collections.abc import Callable, Mapping
from enum import Enum
from itertools import count
from typing import NamedTuple, NoReturn, TypeVar

from comboio.aws.json_api import AwsError

T = TypeVar("T")


class Crash(BaseException):
    """The end of the process, as far as the code under test can tell."""


class Happening(Enum):
    """What may go wrong with a call."""

    CRASH_BEFORE = "the process ends before the call"
    CRASH_AFTER = "the process ends after the call, and nobody has its answer"
    REFUSED = "the service does not carry it out, and says so"
    LOST = "the service carries it out, and its answer is lost"
    MEANWHILE = "others go on before the call"
    PART = "of a batch call, only the first half is carried out"
    STALLED = "the process stands still before the call, others go on past its deadline, and then it goes on too"
    AHEAD = "the clock jumps ten minutes ahead"
    BACK = "the clock jumps ten minutes back"


class Around(NamedTuple):
    """What is around an invocation: what others may do at its calls, and whether anything happened yet."""

    stall: Callable[[], None]
    meanwhile: Callable[[], object]
    troubled: bool


NO_ANSWER = AwsError("simulated", "Call", "Unreachable", "scripted", 0)


class Steps:
    """Numbers the steps of a world, and lets happen what its script says of them."""

    def __init__(self, script: Mapping[int, Happening]) -> None:
        self.troubled = False
        """Whether anything has happened since this was last set to False."""
        self.stall: Callable[[], None] = lambda: None
        """What others do while the process stands still."""
        self.jump: Callable[[int], None] = lambda ms: None
        """Sets the clock ahead, or back."""
        self.meanwhile: Callable[[], object] = lambda: None
        """What others do while the process waits for a call."""
        self.tables_down = False
        """Whether DynamoDB carries out nothing, and says so."""
        self.taken = 0
        self.happened: list[Happening] = []
        self._script = script
        self._numbers = count()

    def enter(self, stall: Callable[[], None], meanwhile: Callable[[], object]) -> "Around":
        """Begin an invocation; return what was around it, for `leave`."""
        before = Around(self.stall, self.meanwhile, self.troubled)
        self.stall, self.meanwhile, self.troubled = stall, meanwhile, False
        return before

    def leave(self, before: "Around") -> bool:
        """End it; return whether anything happened in it that may have repeated a send."""
        troubled = self.troubled
        self.stall, self.meanwhile = before.stall, before.meanwhile
        self.troubled = before.troubled or troubled  # a clock that jumped jumped for all
        return troubled

    def calm(self) -> None:
        """Let nothing happen any more."""
        self._script = {}

    def table(self, effect: Callable[[], T]) -> T:
        """Carry out a call of a table; see `take`."""
        return self.take(_refused if self.tables_down else effect)

    def take(self, effect: Callable[[], T], part: Callable[[], T] | None = None) -> T:
        """Carry out a call as the script says; `part` is what a batch call does in part.

        Raises:
            Crash: the process ended.
            AwsError: no answer came, or the service refused.
        """
        self.taken = number = next(self._numbers)
        what = self._script.get(number)
        if what is None:
            return effect()
        self.happened.append(what)
        if what is Happening.MEANWHILE:
            goes_on, self.meanwhile = self.meanwhile, lambda: None
            goes_on()
            self.meanwhile = goes_on
            return effect()
        self.troubled = True
        if what is Happening.CRASH_BEFORE:
            raise Crash
        if what is Happening.REFUSED:
            raise NO_ANSWER
        if what is Happening.PART:
            return (part or effect)()
        if what is Happening.STALLED:
            self.stall()
        elif what is Happening.AHEAD:
            self.jump(600_000)
        elif what is Happening.BACK:
            self.jump(-600_000)
        result = effect()
        if what is Happening.CRASH_AFTER:
            raise Crash
        if what is Happening.LOST:
            raise NO_ANSWER
        return result


def _refused() -> NoReturn:
    raise NO_ANSWER
