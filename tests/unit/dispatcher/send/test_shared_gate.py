"""What an environment may do with a destination, by what the fleet knows of it."""

from collections.abc import Iterable

import pytest

from comboio.destination_state.memory import MemoryStateStore
from comboio.destination_state.shared_states import SharedStates
from comboio.destination_state.state import Permission, SharedState
from dispatcher.send.circuit_breaker import OPENS_AFTER
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import Permissions
from dispatcher.send.shared_gate import PROBE_OVERDUE_MS, SharedGate
from tests.support.dispatcher import NOW, Downstream


class Fleet:
    """Two environments with one store and one clock."""

    def __init__(self) -> None:
        self.ms = NOW
        store = MemoryStateStore()
        self.states = [{"a": DestinationState(Downstream("a"))} for _ in range(2)]
        self.gates = [
            SharedGate(SharedStates(store, f"e{number}"), lambda: self.ms, lambda: self.ms / 1000)
            for number in range(2)
        ]

    def permissions(self, number: int, *, may_probe: bool = True) -> Permissions:
        """Return what environment `number` may do, a second after it last asked."""
        self.ms += 1_001
        return self.gates[number].permissions(
            self.states[number], [], may_probe=("a",) if may_probe else (), within_s=9.0
        )

    def fails(self, number: int) -> None:
        """Destination a fails in environment `number` until its circuit opens, and the fleet is told."""
        given = self.permissions(number)
        for _ in range(OPENS_AFTER):
            self.states[number]["a"].circuit.failed(self.ms / 1000)
        self.gates[number].learn(self.states[number], given, within_s=9.0)


def test_what_one_environment_finds_out_the_others_know() -> None:
    """A circuit that opens in one environment closes the destination to another that never called it."""
    fleet = Fleet()
    fleet.permissions(1)
    fleet.fails(0)
    fleet.ms -= 900
    assert fleet.permissions(1, may_probe=False).closed("a")


def test_one_probe_decides_for_all() -> None:
    """While one environment probes the others wait, for a moment and not for as long as a probe may take; its answer
    opens the destination to all."""
    fleet = Fleet()
    fleet.fails(0)
    fleet.ms += 2_000
    probing = fleet.permissions(0)
    assert probing.destinations == {"a": Permission.PROBE}
    waiting = fleet.permissions(1)
    assert waiting.destinations == {"a": Permission.WAIT} and waiting.opens_in_s["a"] < 1
    circuit = fleet.states[0]["a"].circuit
    assert circuit.allows(fleet.ms / 1000)
    circuit.sent()
    circuit.succeeded()
    fleet.gates[0].learn(fleet.states[0], probing, within_s=9.0)
    assert fleet.permissions(1).destinations == {} and fleet.permissions(0).destinations == {}


def test_a_probe_that_was_not_sent_is_given_back() -> None:
    """An environment that had nothing to probe with keeps nobody else from it."""
    fleet = Fleet()
    fleet.fails(0)
    fleet.ms += 2_000
    fleet.gates[0].learn(fleet.states[0], fleet.permissions(0), within_s=9.0)
    assert fleet.permissions(1).destinations == {"a": Permission.PROBE}


def test_a_batch_leaves_the_probe_to_the_drainer_unless_none_comes() -> None:
    """Where it may not probe it waits, and probes only when nobody did for a minute after it was due."""
    fleet = Fleet()
    fleet.fails(0)
    fleet.ms += 2_000
    assert fleet.permissions(1, may_probe=False).closed("a")
    fleet.ms += PROBE_OVERDUE_MS
    assert fleet.permissions(1, may_probe=False).destinations == {"a": Permission.PROBE}


class SlowStore(MemoryStateStore):
    """A store each of whose answers takes 400 ms, or as long as it may."""

    def __init__(self) -> None:
        super().__init__()
        self.s = 0.0

    def read(self, items: Iterable[str], *, within_s: float = 1.0) -> dict[str, SharedState]:
        """See StateStore."""
        self.s += min(0.4, within_s)
        return super().read(items)

    def write(self, item: str, state: SharedState, *, within_s: float = 1.0) -> tuple[bool, SharedState]:
        """See StateStore."""
        self.s += min(0.4, within_s)
        return super().write(item, state)


@pytest.mark.robustness("deadlines")
@pytest.mark.parametrize("within_s", [0.05, 0.5, 9.0])
def test_many_destinations_and_a_slow_table_cost_a_second_at_most(within_s: float) -> None:
    """Asking for the probes of 50 destinations that are down, and telling of them, keeps to the time that is left."""
    store = SlowStore()
    gate = SharedGate(SharedStates(store, "e"), lambda: NOW + int(store.s * 1000), lambda: store.s)
    states = {f"d{number}": DestinationState(Downstream(f"d{number}")) for number in range(50)}
    for state in states.values():
        state.circuit.cut_off(0.0)
        state.circuit.retry_after(0.0, 600.0)
    gate.learn(states, Permissions(), within_s=within_s)
    assert store.s <= min(within_s, 1.0) + 0.001
    for name in states:
        MemoryStateStore.write(store, f"destination#{name}", SharedState(pause_ms=1))
    began = store.s
    gate.permissions(states, [], may_probe=list(states), within_s=within_s)
    assert store.s - began <= min(within_s, 1.0) + 0.001
