"""An invocation ends before its deadline, under every schedule of claims, calls, retries, writes and settlement."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from tests.simulation.world.downstream import Downstream
from tests.simulation.world.world import START, World
from tests.support.examples import examples

SECONDS = st.floats(0.0, 9.0)
KINDS = st.sampled_from([None, None, FaultKind.THROTTLED, FaultKind.TRANSIENT, FaultKind.PERMANENT])
CALLS = st.lists(st.tuples(SECONDS, KINDS), max_size=30)
CODES = st.lists(
    st.tuples(st.just(0), st.sampled_from([300, 301, 302, 999]), st.integers(0, 2)), min_size=1, max_size=16
)


class Slow(Downstream):
    """A destination whose calls take their time, and no more than they are given."""

    def __init__(self, name: str, calls: Sequence[tuple[float, FaultKind | None]]) -> None:
        super().__init__(name, [])
        self._calls = list(calls)
        self.world: World

    def send(self, entries: Sequence[Entry], timeout_s: float) -> list[Fault | None]:
        seconds, kind = self._calls.pop() if self._calls else (0.0, None)
        self.world.ms += int(min(seconds, timeout_s) * 1000)
        if seconds > timeout_s:
            kind = FaultKind.TRANSIENT  # no answer in time
        return [Fault(kind, "scripted", seconds if kind is FaultKind.THROTTLED else None) if kind else None] * len(
            entries
        )


def slowly(world: World, delays: dict[str, list[float]]) -> None:
    """Make the stores and queues of a world take their time, and no more than they are given."""

    def slow(target: Any, name: str, script: list[float]) -> None:
        works = getattr(target, name)

        def taking_time(*args: Any, **kwargs: Any) -> Any:
            seconds = script.pop() if script else 0.0
            within_s = kwargs["until"] - world.ms / 1000 if "until" in kwargs else kwargs["within_s"]
            world.ms += int(min(seconds, max(within_s, 0.0)) * 1000)
            return works(*args, **kwargs)

        setattr(target, name, taking_time)

    slow(world.ledgers, "claim", delays["claim"])
    slow(world.ledgers, "settle", delays["settle"])
    slow(world.progress, "read", delays["read"])
    slow(world.hold, "call", delays["write"])
    slow(world.shelf, "write", delays["letters"])


DELAYS = st.fixed_dictionaries(
    {name: st.lists(SECONDS, max_size=6) for name in ("claim", "settle", "read", "write", "letters")}
)


@pytest.mark.robustness("every schedule of slow calls, until the deadline")
@pytest.mark.parametrize("when_down", ["wait", "divert"])
@settings(max_examples=examples(400), deadline=None)
@given(CODES, CALLS, CALLS, DELAYS, st.integers(200, 8_000))
def test_an_invocation_ends_before_its_deadline(
    when_down: str,
    codes: Sequence[tuple[int, int, int]],
    calls_a: list[tuple[float, FaultKind | None]],
    calls_b: list[tuple[float, FaultKind | None]],
    delays: dict[str, list[float]],
    left_ms: int,
) -> None:
    """However long calls, retries, claims, checkpoints, diverting, dead letters and settlement take, and however little
    time there is, the handler has answered by its deadline; the answer names what is not done."""
    a, b = Slow("a", calls_a), Slow("b", calls_b)
    world = World(codes, {}, when_down=when_down, destinations=(a, b))
    a.world = b.world = world
    slowly(world, delays)
    name = "t-0"
    offsets = [record["offset"] for record in world.records[name]]
    world.invoke({name: offsets}, left_ms=left_ms, start=START)
