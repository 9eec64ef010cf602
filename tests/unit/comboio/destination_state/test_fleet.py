"""Whatever a fleet of environments does in whatever order, with clocks that differ and replies that are lost."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comboio.destination_state.memory import MemoryStateStore
from comboio.destination_state.shared_states import READ_EVERY_MS, SharedStates
from comboio.destination_state.state import (
    LONGEST_PAUSE_MS,
    LONGEST_PROBE_MS,
    MAX_SKEW_MS,
    Permission,
    SharedState,
    View,
    paused,
    resumed,
    see,
)
from comboio.destination_state.store import destination_item
from comboio.errors import ServiceError
from tests.support.examples import examples

START = 1_795_359_600_000
ITEM = destination_item("a")
SIZE = 3


class Losing(MemoryStateStore):
    """A store whose next write is made, but its reply is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.lose = False

    def write(self, item: str, state: SharedState, *, within_s: float = 1.0) -> tuple[bool, SharedState]:
        """See StateStore."""
        told = super().write(item, state)
        if self.lose:
            self.lose = False
            raise ServiceError("The reply was lost.")
        return told


@dataclass
class Probe:
    """A probe that is out, in true time."""

    environment: int
    until: int


class Fleet:
    """Environments that share a store, each with a clock that is off, and the one true time."""

    def __init__(self, skews: list[int]) -> None:
        self.ms = START
        self.store = Losing()
        self.skews = skews
        self.made = SIZE
        self.environments = [SharedStates(self.store, f"env-{number}") for number in range(SIZE)]
        self.out: Probe | None = None
        self.paused = False

    def now(self, number: int) -> int:
        """Return the time that an environment thinks it is."""
        return self.ms + self.skews[number]

    def do(self, what: str, number: int, length: int) -> None:
        """One step of one environment, after its look at the state, as before a batch."""
        states = self.environments[number]
        if what != "stale":
            states.refresh(["a"], [], self.now(number))
        if what == "fail":
            states.opened("a", self.now(number))
            self._ends(number)
        elif what == "succeed":
            states.closed("a", self.now(number))
            self._ends(number)
            if self.store.read([ITEM])[ITEM].pause_ms == 0:
                self.out = None  # all may send
        elif what == "throttle":
            states.throttled("a", self.now(number), length)
        elif what == "give back":
            states.give_back_probe("a", self.now(number))
            self._ends(number)
        elif what == "lose":
            self.store.lose = True
        elif what == "restart":
            self.environments[number] = SharedStates(self.store, f"env-{self.made}")
            self.made += 1
            self._forget(number)
        elif what in ("pause", "resume"):
            self._operate(what)
        else:
            self.probe(number, length)

    def probe(self, number: int, length: int) -> bool:
        """Ask for the probe; where an environment gets it, nobody else has it."""
        took = self.environments[number].try_probe("a", self.now(number), self.now(number) + length)
        if took:
            assert not self.paused
            assert self.out is None or self.out.until <= self.ms, "two probes are out"
            self.out = Probe(number, self.ms + min(length, LONGEST_PROBE_MS))
        return took

    def _ends(self, number: int) -> None:
        if self.out is not None and self.out.environment == number:
            self.out = None

    def _forget(self, number: int) -> None:
        """Forget the call of a process that ended; its receiver may still be working."""
        if self.out is not None and self.out.environment == number:
            self.out.environment = -1

    def _operate(self, what: str) -> None:
        stored = self.store.read([ITEM])[ITEM]
        view = see(stored, self.ms)
        wanted = paused(view, "Maria", "x", self.ms) if what == "pause" else resumed(view)
        self.store.lose = False
        if wanted is not None:
            assert self.store.write(ITEM, wanted)[0]
            self.paused = what == "pause"
            if not self.paused:
                self.out = None  # resuming starts with a closed circuit


DOING = [
    *("fail",) * 3,
    *("probe",) * 5,
    *("stale", "succeed", "throttle", "pause", "resume", "lose", "restart", "give back"),
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(DOING),
        st.integers(0, SIZE - 1),
        st.sampled_from([0, 1, 400, 1_000, 5_000, 40_000]),
        st.sampled_from([0, 1, 500, 1_000, 2_000, 10_000, 31_000]),
    ),
    max_size=60,
)
SKEWS = st.lists(st.integers(-MAX_SKEW_MS, MAX_SKEW_MS), min_size=SIZE, max_size=SIZE)


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@settings(max_examples=examples(300))
@given(SKEWS, STEPS)
def test_one_probe_is_out_at_a_time_and_pauses_win(skews: list[int], steps: list[tuple[str, int, int, int]]) -> None:
    """However environments and operators interleave, with clocks up to 30 s off and replies lost, there are never two
    probes at once, and none during an operator's pause that was read."""
    fleet = Fleet(skews)
    for what, number, length, later in steps:
        fleet.do(what, number, length)
        if fleet.paused:
            states = fleet.environments[number]
            states.refresh(["a"], [], fleet.now(number) + READ_EVERY_MS)
            assert states.permission("a", fleet.now(number)) is Permission.PAUSED
            states.refresh(["a"], [], fleet.now(number))
        fleet.ms += later


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@settings(max_examples=examples(200))
@given(SKEWS, STEPS, st.booleans())
def test_nothing_stays_open_for_ever(skews: list[int], steps: list[tuple[str, int, int, int]], fresh: bool) -> None:
    """Once the destination is well, some environment probes it within the longest waits, and a second after that every
    environment sends: also where each of them has only just started."""
    fleet = Fleet(skews)
    for what, number, length, later in steps:
        fleet.do(what, number, length)
        fleet.ms += later
    fleet.do("resume", 0, 0)
    fleet.store.lose = False
    end = fleet.ms + 40_000 + LONGEST_PAUSE_MS + LONGEST_PROBE_MS + 4 * MAX_SKEW_MS
    while fleet.ms < end:
        fleet.ms += READ_EVERY_MS
        for number in range(SIZE):
            if fresh:
                fleet.do("restart", number, 0)
            states = fleet.environments[number]
            states.refresh(["a"], [], fleet.now(number))
            if states.permission("a", fleet.now(number)) is Permission.PROBE and fleet.probe(number, 5_000):
                fleet.do("succeed", number, 0)
    fleet.ms += READ_EVERY_MS
    for number in range(SIZE):
        states = fleet.environments[number]
        states.refresh(["a"], [], fleet.now(number))
        assert states.permission("a", fleet.now(number)) is Permission.SEND


@given(st.integers(-MAX_SKEW_MS, MAX_SKEW_MS), st.integers(-MAX_SKEW_MS, MAX_SKEW_MS))
def test_a_closed_circuit_is_seen_within_a_second(one: int, two: int) -> None:
    """Whatever their clocks say, an environment that reads once a second sends a second after another one closed it."""
    fleet = Fleet([one, two, 0])
    first, second = fleet.environments[:2]
    first.refresh(["a"], [], fleet.now(0))
    first.opened("a", fleet.now(0))
    second.refresh(["a"], [], fleet.now(1))
    fleet.ms += LONGEST_PAUSE_MS
    first.refresh(["a"], [], fleet.now(0))
    assert first.try_probe("a", fleet.now(0), fleet.now(0) + 1_000)
    first.closed("a", fleet.now(0))
    fleet.ms += READ_EVERY_MS
    second.refresh(["a"], [], fleet.now(1))
    assert second.permission("a", fleet.now(1)) is Permission.SEND


def test_the_view_of_nothing_is_the_view_of_an_empty_item() -> None:
    """An item that does not exist and one that was resumed allow the same."""
    assert see(SharedState(version=7), START)._replace(state=SharedState()) == View()
