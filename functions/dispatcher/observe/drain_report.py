"""What a drainer's invocation came to, for its log line and its metrics."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct, field

from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivered


class DrainReport(Struct):
    """Counts of one invocation."""

    messages: int = 0
    """Hold messages received."""
    foreign: int = 0
    """Messages that are none of the hold queue's."""
    split: int = 0
    """Messages part of which was put into a message of its own."""
    drained: Counter[str] = field(default_factory=Counter)
    """Records that their destination took, by destination."""
    dead: Counter[str] = field(default_factory=Counter)
    """Records that went to the DLQ, by destination."""
    oldest_ms: dict[str, int] = field(default_factory=dict)
    """Age of the oldest record received (ms), by destination."""
    calls: Counter[str] = field(default_factory=Counter)
    """Calls made, by destination."""
    outlets: Outlets | None = None
    """The routing table that the last round was sent by."""

    def received(self, parcels: Sequence[Parcel], now: int) -> None:
        """Add how old records are that are about to be sent, at `now` (epoch ms)."""
        for parcel in parcels:
            if parcel.route is not None:
                name = parcel.route.to[0]
                self.oldest_ms[name] = max(self.oldest_ms.get(name, 0), now - parcel.since)

    def add(self, parcels: Sequence[Parcel], delivered: Delivered) -> None:
        """Add a round."""
        for parcel in parcels:
            if parcel.route is None:
                continue
            if parcel.outcome is Outcome.DISPATCHED:
                self.drained[parcel.route.to[0]] += 1
            elif parcel.outcome is Outcome.DEAD and parcel.done:
                self.dead[parcel.route.to[0]] += 1
        for name, traffic in delivered.traffic.items():
            self.calls[name] += traffic.calls
