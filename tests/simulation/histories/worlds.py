"""The worlds whose histories seeds decide, each with what is real in it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

from tests.simulation.histories import play as dispatcher_play
from tests.simulation.histories import scenario as dispatcher
from tests.simulation.histories.played import Played, Trace
from tests.simulation.producer import play as producer_play
from tests.simulation.producer import scenario as producer


class Scenario(Protocol):
    """A history as data."""

    def simpler(self) -> Iterator[Self]:
        """Yield scenarios with a part left out, large parts first."""
        ...

    def facts(self) -> str:
        """Return its set-up in a few words."""
        ...

    @property
    def happenings(self) -> Mapping[int, Any]:
        """What happens, by the number of the call."""
        ...


S = TypeVar("S", bound=Scenario)


@dataclass(frozen=True, slots=True)
class World(Generic[S]):
    """A kind of history."""

    scenario: Callable[[int], S]
    """Returns the history that a seed stands for."""
    play: Callable[[S, Trace | None], Played]
    """Plays one to its end."""


EACH = 10
"""Of so many seeds one is a producer's history, which takes longer than two of the dispatcher's."""

WORLDS: Mapping[str, World[Any]] = {
    "dispatcher": World(dispatcher.scenario, dispatcher_play.play),
    "producer": World(producer.scenario, producer_play.play),
}


def world_of(seed: int, chosen: str) -> str:
    """Return whose history a seed stands for, where that world was chosen, or "mixed" was."""
    if chosen != "mixed":
        return chosen
    return "producer" if seed % EACH == EACH - 1 else "dispatcher"
