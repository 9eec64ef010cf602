"""The consumer's own policy as the mapping of a history: what it fetched, retries, bisects and may commit is real.

It has the methods of `Mapping`, which imitates AWS's poller; only what a consumer does in Kafka is a script here.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from random import Random

from consumer.inflight.batch import BatchLimits, RecordBatch
from consumer.inflight.inflight import InFlight, RetryMode
from consumer.inflight.pollers import PollerLimits, Pollers
from consumer.inflight.queue_mode import QueueInFlight
from consumer.inflight.retry import RetryPolicy, RetryQueue
from tests.simulation.world.mapping import Batch, Retry, undone_of
from tests.support.kafka_records import record

MOST_IN_FLIGHT = 40
"""CONSUMER_MAX_IN_FLIGHT: few, so that the limit is met."""
PAYLOAD_BYTES = 10**7
BACKOFF_S = 2.0
"""CONSUMER_BACKOFF_BASE_S: long enough for others to go on before a retry."""


class ConsumerMapping:
    """One consumer: by its lag up to `invocations` batches are under way, a partition in one (but in Queue mode)."""

    unanswered: Sequence[Batch] = ()

    def __init__(
        self,
        retry: Retry,
        size: int,
        clock_ms: Callable[[], int],
        random: Random,
        *,
        invocations: int = 1,
        bisect: bool = False,
        any_order: bool = False,
    ) -> None:
        self._retry: Retry = "failed" if any_order else retry
        self._size = size
        self._clock_ms = clock_ms
        self._random = random
        self._pollers = Pollers(PollerLimits(random.choice((1, invocations)), invocations))
        self._bisect = bisect
        self._any_order = any_order
        self.fresh: dict[str, list[int]] = defaultdict(list)
        """Offsets that were not fetched yet, by partition."""
        self._open: dict[str, set[int]] = defaultdict(set)
        """Offsets that were fetched and are not done."""
        self._failed: dict[str, set[int]] = defaultdict(set)
        self._gone: dict[str, set[int]] = defaultdict(set)
        """Offsets that are no longer in the log, or were given up, since they were fetched."""
        self._committed: dict[str, int] = {}
        self._running: list[tuple[Batch, RecordBatch]] = []
        self._in_flight = self._start()

    def _start(self) -> InFlight:
        limits = BatchLimits(self._size, 0, PAYLOAD_BYTES)
        retries = RetryQueue(RetryPolicy(base_s=BACKOFF_S), self._random.random)
        if self._any_order:
            policy: InFlight = QueueInFlight(limits, retries, MOST_IN_FLIGHT, self._random.random)
        else:
            policy = InFlight(limits, RetryMode(self._retry), retries, MOST_IN_FLIGHT, bisect=self._bisect)
        policy.concurrency = self._pollers.invocations
        return policy

    def appended(self, partition: str, offset: int) -> None:
        """Take note of a new record."""
        self.fresh[partition].append(offset)

    def next_batch(self, turn: int) -> Batch:
        """Fetch as many records of each partition as `turn` says, and one; return what is to be invoked."""
        now, now_ms = self._now()
        for name, offsets in self.fresh.items():
            fetched, offsets[:] = offsets[: 1 + turn], offsets[1 + turn :]
            self._in_flight.add([record(name, offset) for offset in fetched], now, now_ms)
            self._open[name].update(fetched)
        behind = {name: len(self.undone(name)) for name in self.fresh}
        self._pollers.scale(now, behind, self._in_flight.full_batch())
        self._in_flight.concurrency = self._pollers.invocations
        while (batch := self._in_flight.next_batch(now)) is not None:
            delivered: Batch = {}
            for each in batch.records:
                if each.offset not in self._gone[each.partition]:
                    delivered.setdefault(each.partition, []).append(each.offset)
            if delivered:
                self._running.append((delivered, batch))
                return delivered
            self._in_flight.settle(batch, [], now, now_ms)
        return {}

    def failed(self, batch: Batch) -> None:
        """Note that an invocation had no answer."""
        self._settle(batch, batch, function_error=True)

    def answered(self, batch: Batch, failures: Dictionary[str, Sequence[int]]) -> None:
        """Take an answer: what failed, by partition."""
        self._settle(batch, failures, function_error=False)

    def _settle(self, delivered: Batch, failures: Dictionary[str, Sequence[int]], *, function_error: bool) -> None:
        place = next((place for place, (each, _) in enumerate(self._running) if each is delivered), None)
        if place is None:  # it was another consumer's
            return
        _, batch = self._running.pop(place)
        failed = [each for each in batch.records if each.offset in failures.get(each.partition, ())]
        exhausted = self._in_flight.settle(batch, failed, *self._now(), function_error=function_error)
        assert not exhausted, "a record was given up although there is no limit"
        for name, offsets in delivered.items():
            again = self._open[name] & set(undone_of(self._retry, offsets, failures.get(name, ()), failures))
            self._open[name] = (self._open[name] - set(offsets)) | again
            self._failed[name] = (self._failed[name] - set(offsets)) | again
        for name, position in self._in_flight.positions().items():
            behind = [offset for offset in self._open[name] - self._gone[name] if offset < position]
            assert not behind, f"{name} would be committed at {position}, past {behind}"

    @property
    def again(self) -> Batch:
        """What is to be delivered again."""
        return {name: sorted(offsets - self._gone[name]) for name, offsets in self._failed.items()}

    def fail_over(self, logs: Dictionary[str, Sequence[int]]) -> None:
        """Let another consumer go on from the last commits."""
        self._committed.update(self._in_flight.positions())
        self._in_flight = self._start()
        self._running.clear()
        for name in self.fresh:
            self._open[name], self._failed[name] = set(), set()
            self.fresh[name] = [offset for offset in logs[name] if offset >= self._committed.get(name, 0)]

    def set_back(self, partition: str, offsets: Sequence[int]) -> None:
        """Deliver some offsets of a partition anew, as a consumer group does that was set back."""
        self.fresh[partition] = sorted({*self.undone(partition), *offsets})
        self._gone[partition] -= set(offsets)
        self._anew(partition)
        self._committed[partition] = min(self.fresh[partition], default=0)

    def forget(self, partition: str, offsets: Sequence[int] | None = None) -> None:
        """Let some offsets never come, or come again. None: all of them, as the topic is another one."""
        if offsets is None:
            self._gone[partition], self.fresh[partition] = set(), []
            self._anew(partition)
            self._committed.pop(partition, None)
        else:
            self._gone[partition] |= set(offsets) & self._open[partition]
            self.fresh[partition] = [offset for offset in self.fresh[partition] if offset not in set(offsets)]

    def undone(self, partition: str) -> list[int]:
        """Return the offsets of a partition that it still has to deliver."""
        return sorted({*self.fresh[partition], *(self._open[partition] - self._gone[partition])})

    @property
    def done(self) -> bool:
        """Whether it has nothing to deliver, and may commit the end of each partition."""
        return not any(self.fresh.values()) and not any(self._in_flight.uncommitted().values())

    def _anew(self, partition: str) -> None:
        self._in_flight.forget(partition)
        self._open[partition], self._failed[partition] = set(), set()

    def _now(self) -> tuple[float, int]:
        return self._clock_ms() / 1000, self._clock_ms()
