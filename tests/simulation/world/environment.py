"""An execution environment of a simulated world: the real dispatcher or drainer, with what one process knows."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from comboio.clocks import Clocks
from comboio.destination_state.shared_states import SharedStates
from comboio.routing.table import RoutingTable
from dispatcher.dispatch import Dispatcher, DispatchLimits
from dispatcher.drain.drain import Drainer
from dispatcher.drain.hold_source import SqsHoldSource
from dispatcher.intake.admission import AdmissionLimits
from dispatcher.redispatch import Redispatch
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.hold_queue import SqsHoldQueue
from dispatcher.send.shared_gate import SharedGate
from tests.simulation.world.downstream import Downstream
from tests.simulation.world.tables import router_of
from tests.support.dispatcher import InlineExecutor

if TYPE_CHECKING:
    from tests.simulation.world.world import World

HOLD_URL = "https://sqs/hold.fifo"
DLQ_URL = "https://sqs/dlq"
ABANDON_MS = 10 * 86_400_000


class Environment:
    """One process. Its clock stands still while it does, and its time of day is the world's."""

    def __init__(self, world: "World", name: str) -> None:
        self.name = name
        self.stood_ms = 0
        """For how long it stood still."""
        self._world = world
        self._states: dict[str, DestinationState] = {}
        clocks = Clocks(world.now, self._tick, self._pass)
        gate = SharedGate(SharedStates(world.states, name), world.now, clocks.clock)
        hold = SqsHoldQueue(HOLD_URL, world.hold, InlineExecutor(), clocks.clock) if world.diverts else None  # type: ignore[arg-type]  # a fake
        delivery = Delivery(world.claims, world.shelf, hold, gate, Timeouts(1.0, 0.5), clocks)
        self.dispatcher = Dispatcher(
            world.ledgers,
            world.progress,
            self._outlets,
            delivery,
            DispatchLimits(AdmissionLimits(incomplete=world.incomplete, abandon_ms=ABANDON_MS), margin_s=1),
            reporter=world.reporter,
            clocks=clocks,
        )
        self.redispatch = Redispatch(world.claims, world.ledgers, self._outlets, delivery, clocks, 1.0)
        self.drainer = Drainer(
            SqsHoldSource(HOLD_URL, DLQ_URL, world.hold, clocks.clock),  # type: ignore[arg-type]  # a fake
            world.progress,
            world.orders,
            self._outlets,
            delivery,
            1.0,
            reporter=world.reporter,
            clocks=clocks,
            jitter=lambda: 0.5,
        )

    def state(self, destination: str) -> DestinationState:
        """Return what it knows of a destination."""
        return self._states[destination]

    def _outlets(self) -> Outlets:
        table: RoutingTable = self._world.table
        downs: Mapping[str, Downstream] = self._world.destinations
        make_pool: Callable[[object], InlineExecutor] = lambda _: InlineExecutor()  # noqa: E731 it has a type
        self._states = {
            name: self._states.get(name) or DestinationState(downs[name], make_pool)  # type: ignore[arg-type]  # a fake
            for name in table.destinations
        }
        return Outlets(router_of(table), self._states)

    def _tick(self) -> float:
        self._world.ms += 1
        return (self._world.ms - self.stood_ms) / 1000

    def _pass(self, seconds: float) -> None:
        self._world.ms += int(seconds * 1000) + 1
