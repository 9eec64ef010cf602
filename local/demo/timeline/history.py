"""Notes what is done to a run, and what all dispatchers know of the destinations, while it goes on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, AwsError, connect
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.destination_state.state import SharedState
from comboio.destination_state.store import StateStore, destination_item
from local.stack import Stack

CLOSES: Mapping[str, str] = {"unthrottle": "throttle", "recover": "die"}
"""Steps of the plan that end what another one began."""


_LEAST_MS = 900
"""Between two looks: those who wait for something look more often than once a second."""


class Happening(NamedTuple):
    """Something done to the run on purpose, or found at its end."""

    at_ms: int
    name: str
    """The plan's step; empty where it is none."""
    says: str


class StateSample(NamedTuple):
    """What was known of the destinations at a time: a word for each."""

    at_ms: int
    words: Mapping[str, str]


def states_of(stack: Stack) -> StateStore:
    """Return where the dispatchers of a stack keep what they know of the destinations."""
    environ = stack.deployment.aws.environment
    api = connect(DYNAMODB, environ, credential_source(environ))
    return DynamoStateStore(api, stack.deployment.resource("LedgerTable"))


def word(state: SharedState, now_ms: int) -> str:
    """Return a state in a word or two; empty where calls go."""
    if state.paused_since:
        return "paused"
    if state.pause_ms:
        return "circuit open"
    return "asked to wait" if state.retry_until > now_ms else ""


@dataclass(slots=True)
class History:
    """What was noted."""

    store: StateStore
    now_ms: Callable[[], int]
    destinations: Sequence[str] = ()
    """Those of the run's routing table."""
    began_ms: int = 0
    """When producing began; 0: not yet."""
    happenings: list[Happening] = field(default_factory=list)
    samples: list[StateSample] = field(default_factory=list)

    def begin(self) -> None:
        """Start the time line."""
        self.began_ms = self.now_ms()

    def note(self, says: str, name: str = "") -> None:
        """Note what happens now."""
        self.happenings.append(Happening(self.now_ms(), name, says))

    def look(self) -> None:
        """Read the destinations' states, unless that was just done.

        A store that does not answer in time tells nothing of this moment.
        """
        if self.samples and self.now_ms() - self.samples[-1].at_ms < _LEAST_MS:
            return
        items = {destination_item(name): name for name in self.destinations}
        try:
            states = self.store.read(items)
        except AwsError:
            return
        now = self.now_ms()
        words = {items[item]: word(state, now) for item, state in states.items()}
        self.samples.append(StateSample(now, words))
