"""What is known of a destination from batch to batch: its circuit breaker, its limits and its threads."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from comboio.rate_limit.rate_limit import RateLimit
from dispatcher.destinations.destination import BeginsCalls, Destination
from dispatcher.send.circuit_breaker import CircuitBreaker
from dispatcher.send.concurrency_limit import ConcurrencyLimit
from dispatcher.send.slowness import Slowness

MakePool = Callable[[Destination], Executor]
"""Makes the threads of a destination."""


def own_threads(destination: Destination) -> Executor:
    """Return threads that are the destination's alone: one that hangs takes no other's, and not the ledger's."""
    return ThreadPoolExecutor(destination.concurrency, thread_name_prefix=f"send-{destination.name}")


class DestinationState:
    """Lives as long as the execution environment, or until the routing table changes the destination."""

    def __init__(
        self, destination: Destination, make_pool: MakePool = own_threads, rate: RateLimit | None = None
    ) -> None:
        self.destination = destination
        self.begins = destination if isinstance(destination, BeginsCalls) else None
        """Where its calls can be begun without a thread that waits for them."""
        self.circuit = CircuitBreaker()
        self.slowness = Slowness()
        self.limit = ConcurrencyLimit(destination.concurrency)
        self.pool = make_pool(destination)
        self.rate = rate
        """The maximum of messages a second that all execution environments together keep; None: there is none."""
