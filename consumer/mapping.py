"""READ THIS FIRST. The event source mapping: one loop that polls, invokes, settles, retries and commits."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from comboio.clocks import Clocks
from consumer.event import ConsumedRecord
from consumer.inflight.backpressure import Backpressure
from consumer.inflight.batch import RecordBatch
from consumer.inflight.inflight import InFlight
from consumer.inflight.pollers import Pollers
from consumer.invoke.invocations import BatchOutcome, Invocations
from consumer.kafka.group import Group
from consumer.observe.stall import Stall
from consumer.observe.stats import Stats
from consumer.on_failure.discard import RETRY_S as DISCARD_RETRY_S
from consumer.on_failure.discard import Discarded, Discards
from consumer.on_failure.document import RETRIES_EXHAUSTED, TOO_LARGE
from consumer.report import partition_states, report, waiting

POLL_S = 0.02
"""Maximum wait for messages or for an invocation, before the loop looks at everything else."""

_FULL_S = 1.0
"""Seconds that a full buffer may keep the loop from polling, before all partitions are paused and it polls anyway."""

_SIGN_OF_LIFE_S = 1.0
"""Seconds without a sign of life while batches in flight are waited for: that wait has an end, and is no standstill."""

LAST_COMMIT_S = 10.0
"""Seconds that the end waits for the group to accept the last commit."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the mapping waits for batches in flight."""

    revoke_s: float
    """When a partition leaves."""
    stop_s: float
    """When the service ends: the function's timeout."""


class EventSourceMapping:
    """Joins the parts. `run` ends when told to, with all that is done committed."""

    def __init__(
        self,
        in_flight: InFlight,
        backpressure: Backpressure,
        pollers: Pollers,
        invocations: Invocations,
        discards: Discards,
        stats: Stats,
        waits: Waits,
        alive: Callable[[], None],
        log: logging.Logger,
        clocks: Clocks,
    ) -> None:
        self._in_flight = in_flight
        self._backpressure = backpressure
        self._pollers = pollers
        in_flight.concurrency = pollers.invocations
        self._invocations = invocations
        self._discards = discards
        self._stats = stats
        self._waits = waits
        self._alive = alive
        self._log = log
        self._clocks = clocks
        self._stall = Stall()
        self._polled_at = clocks.clock()
        self._stopping = False
        self._unanswered = False  # whether Kafka did not take the last commit in its time: another would wait as long
        self._backlog = False  # whether the last poll returned all that was asked for, so that there is more

    def run(self, group: Group, stopped: Callable[[], bool]) -> None:
        """Work until `stopped`, then end the batches in flight, commit, and leave the group.

        Raises:
            ServiceFailedError: the Kafka client or the function cannot go on; what is done is committed.
        """
        try:
            while not stopped():
                self._turn(group)
                self._alive()
            self._log.info("stopping: the batches in flight end first")
            self._stopping = True
            self._end_batches(self._waits.stop_s)
            self._commit_all(group)
            self._report(group)
        finally:
            self._stopping = True
            group.close()
            self._invocations.stop()
            self._discards.stop()

    def finish(self, partitions: frozenset[str]) -> dict[str, int]:
        """See RebalanceListener."""
        if not self._stopping:
            self._end_batches(self._waits.revoke_s, partitions)
        positions = {} if self._unanswered else self._in_flight.positions()
        return {name: positions[name] for name in partitions & positions.keys()}

    def forget(self, partitions: frozenset[str]) -> None:
        """See RebalanceListener."""
        for name in partitions:
            self._in_flight.forget(name)

    def _turn(self, group: Group) -> None:
        self._poll(group)
        while (outcome := self._invocations.collect(0)) is not None:
            self._settle(outcome)
        while (discarded := self._discards.collect(0)) is not None:
            self._settle_discard(discarded)
        self._invocations.check()
        self._start()
        group.commit(self._in_flight.positions())
        if self._stats.due(self._clocks.clock()):
            self._in_flight.passed(group.fetched_to())
            self._report(group)

    def _poll(self, group: Group) -> None:
        now = self._clocks.clock()
        room = self._backpressure.room(*self._in_flight.fresh(), self._in_flight.concurrency)
        if room:
            self._polled_at = now
            group.pause(self._backpressure.paused(self._in_flight.uncommitted(), group.paused))
        elif now < self._polled_at + _FULL_S:
            if (outcome := self._invocations.collect(POLL_S)) is not None:
                self._settle(outcome)
            return
        else:
            group.pause(frozenset(group.owned))
        fetched = self._fetch(group, room or 1, now)
        self._backlog = len(fetched) >= max(room, 1)
        self._stats.now.polled += len(fetched)
        for partition in self._in_flight.add(fetched, self._clocks.clock(), self._clocks.now()):
            self._log.warning("%s went back to an earlier offset: its records are consumed again", partition)
            group.go_on_at(partition, self._in_flight.seen()[partition])

    def _fetch(self, group: Group, most: int, now: float) -> list[ConsumedRecord]:
        """Wait for an invocation's end where only that lets another begin, else for a record or its window's end."""
        due_s = self._in_flight.due_in(now)
        if self._in_flight.running and (due_s is None or self._in_flight.full):
            if (outcome := self._invocations.collect(0 if self._backlog else POLL_S)) is not None:
                self._settle(outcome)
            return group.poll(most, 0)
        if due_s is None:
            return group.poll_first(most, POLL_S)
        return group.poll(most, min(due_s, POLL_S))

    def _start(self) -> None:
        while (batch := self._in_flight.next_batch(self._clocks.clock())) is not None:
            if self._discards.must_discard(batch):
                self._discard(batch, batch.records, TOO_LARGE, str(uuid4()), function_error=False)
            else:
                self._invocations.start(batch)

    def _settle(self, outcome: BatchOutcome) -> None:
        self._stats.invoked(len(outcome.batch.records), outcome.seconds)
        if not outcome.reached:
            self._pollers.throttled()
        counted = self._stats.now
        counted.failed += len(outcome.failed)
        counted.succeeded += len(outcome.batch.records) - len(outcome.failed)
        counted.failed_invocations += outcome.function_error
        clock, now = self._clocks.clock(), self._clocks.now()
        exhausted = self._in_flight.settle(
            outcome.batch,
            outcome.failed,
            clock,
            now,
            counted=outcome.reached,
            function_error=outcome.function_error,
        )
        if exhausted:
            error = bool(outcome.reason)
            self._discard(outcome.batch, exhausted, RETRIES_EXHAUSTED, outcome.request_id, function_error=error)

    def _discard(
        self,
        batch: RecordBatch,
        records: Sequence[ConsumedRecord],
        condition: str,
        request_id: str,
        *,
        function_error: bool,
    ) -> None:
        self._in_flight.discard(batch, records)
        self._discards.start(batch.number, records, condition, request_id, batch.attempt, function_error=function_error)

    def _settle_discard(self, ended: Discarded) -> None:
        due = self._clocks.clock() + DISCARD_RETRY_S
        self._stats.now.discarded += self._in_flight.discarded(ended.number, due, written=ended.written)

    def _end_batches(self, wait_s: float, partitions: frozenset[str] | None = None) -> None:
        """Wait for the batches in flight and those that are being discarded, or for those of these partitions."""
        deadline = self._clocks.clock() + wait_s
        while self._in_flight.awaits(partitions):
            self._alive()
            left = deadline - self._clocks.clock()
            ended = self._end_one(max(0.0, min(left, _SIGN_OF_LIFE_S)))
            if not ended and (left <= 0 or not self._invocations.alive):
                self._log.warning("a batch in flight did not end within %g s: it is redelivered", wait_s)
                return

    def _end_one(self, wait_s: float) -> bool:
        """Return whether a batch in flight has ended, or a discard; wait for the latter where nothing is in flight."""
        running = bool(self._in_flight.running)
        if (discarded := self._discards.collect(0 if running else wait_s)) is not None:
            self._settle_discard(discarded)
        elif (outcome := self._invocations.collect(wait_s if running else 0, redeliver=False)) is not None:
            self._settle(outcome)
        else:
            return False
        return True

    def _commit_all(self, group: Group) -> None:
        """Commit what is done; go on polling, with all paused, so that a rebalance under way can end first."""
        deadline = self._clocks.clock() + LAST_COMMIT_S
        while group.behind(self._in_flight.positions()) and self._clocks.clock() < deadline:
            group.pause(frozenset(group.owned))
            group.commit(self._in_flight.positions())
            group.poll(1, POLL_S)
        if behind := group.behind(self._in_flight.positions()):
            self._unanswered = True
            self._log.warning("could not commit %s within %g s: these records are redelivered", behind, LAST_COMMIT_S)

    def _report(self, group: Group) -> None:
        now, counted = self._clocks.clock(), self._stats.now
        counted.filtered, self._in_flight.filtered = self._in_flight.filtered, 0
        counted.retried, self._in_flight.retried = self._in_flight.retried, 0
        counted.redelivered, self._invocations.redelivered = self._invocations.redelivered, 0
        done = bool(counted.succeeded or counted.filtered or counted.discarded)
        partitions = partition_states(group, self._in_flight)
        self._pollers.scale(now, waiting(partitions, self._in_flight), self._in_flight.full_batch())
        self._in_flight.concurrency = self._pollers.invocations
        stalled_s = self._stall.seconds(now, waiting=bool(self._in_flight.oldest_ms()), done=done)
        wall_ms = self._clocks.now()
        self._stats.write(now, report(partitions, group, self._in_flight, self._pollers, wall_ms, stalled_s))
