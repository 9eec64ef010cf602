"""What a history came to."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Trace = Callable[[str], None]
"""Gets a line for each step."""


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
