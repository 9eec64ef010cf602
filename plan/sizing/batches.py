"""Chooses the batching window, and says what a usual batch is."""

from dataclasses import dataclass

from plan.sizing.service import Service

WINDOWS_S = (10, 5, 2, 1, 0)
"""Whole seconds, as the template takes them, the longest first. Above ten the saving is cents and the wait is felt."""

LINGER_S = 0.05
"""What the producer waits to fill its own batches."""

POLL_S = 0.5
"""What the mapping may take to see a record: its own shortest window, and a round to Kafka."""


@dataclass(frozen=True, slots=True)
class Batches:
    """The usual batches of a topic."""

    window_s: int
    """How long a batch waits to fill."""
    records: float
    """Records of a usual batch."""
    seconds: float
    """How long it takes."""
    per_s: float
    """Batches a second, of all pollers."""

    @property
    def busy(self) -> float:
        """Environments that are busy on average."""
        return self.per_s * self.seconds

    @property
    def p50_s(self) -> float:
        """From the producer to the destination, for half of the messages."""
        return LINGER_S + POLL_S / 2 + self.window_s / 2 + self.seconds / 2

    @property
    def p99_s(self) -> float:
        """The same for 99 of 100: they waited the whole window, and the batch before theirs was not done."""
        return LINGER_S + POLL_S + self.window_s + 2 * self.seconds


def usual(rate: float, pollers: int, window_s: int, service: Service) -> Batches:
    """Return the batches that so many pollers make of a topic's rate.

    A poller's batch has what came in since its last one: in the window, or in the batch's own time where that is
    longer. A batch mixes the poller's partitions.
    """
    each = rate / pollers
    cycle = max(float(window_s), POLL_S)
    if each * service.message_s < 1:
        cycle = max(cycle, service.batch_s / (1 - each * service.message_s))
    records = min(max(each * cycle, 1.0), service.most_records)
    return Batches(window_s, records, service.seconds(records), rate / records)


def window_for(latency_s: float, rate: float, pollers: int, service: Service) -> int:
    """Return the longest window that keeps 99 of 100 messages within the aim; 0 if none does."""
    for window_s in WINDOWS_S:
        if usual(rate, pollers, window_s, service).p99_s <= latency_s:
            return window_s
    return 0
