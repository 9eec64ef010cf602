"""The event source mapping: one loop that polls, invokes, reads the verdict, retries and commits."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

from consumer import on_failure, response
from consumer.backpressure import Backpressure
from consumer.batch import Batch
from consumer.event import Record, event
from consumer.faults import Faults
from consumer.inflight import Delivery
from consumer.invoke.invoke import Invoker
from consumer.journal import Journal
from consumer.kafka.commit import Commits
from consumer.kafka.group import Group
from consumer.lag import lag
from consumer.stats import Stats
from consumer.worker import Outcome, Worker

POLL_S = 0.02
"""Longest wait for messages: what a finished invocation waits, at most, for its verdict to be read."""
FULL_S = 1.0
"""How long a full buffer may keep the loop from polling, before the partitions are paused and it polls all the same."""
WRITE_RETRY_S = 5.0
LAST_COMMIT_S = 10.0
"""How long the end waits for the group to take the last commit."""


@dataclass(frozen=True)
class Identity:
    """What the event and the on-failure document say of this mapping, and the bounds of its waits."""

    uuid: UUID
    bootstrap_servers: str
    payload_bytes: int
    revoke_wait_s: float
    function_timeout_s: float


class EventSourceMapping:
    """Everything but the clients' I/O, which is given. `run` ends when told to, with all that is done committed."""

    def __init__(
        self,
        identity: Identity,
        delivery: Delivery,
        commits: Commits,
        backpressure: Backpressure,
        invoker: Invoker,
        destination: on_failure.OnFailure | None,
        journal: Journal,
        stats: Stats,
        faults: Faults,
        log: logging.Logger,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._identity = identity
        self._delivery = delivery
        self._commits = commits
        self._backpressure = backpressure
        self._invoker = invoker
        self._destination = destination
        self._journal = journal
        self._stats = stats
        self._faults = faults
        self._log = log
        self._clock = clock
        self._wall = wall
        self._worker = Worker()
        self._request_id = ""
        self._redelivering = False
        self._successes = 0
        self._polled_at = clock()

    def run(self, group: Group, stopped: Callable[[], bool]) -> None:
        """Works until `stopped`, then ends the batch in flight, commits and leaves the group.

        Raises:
            GroupError: the client is broken for good.
        """
        try:
            while not stopped():
                self._turn(group)
            self._log.info("stopping: the batch in flight ends first")
            self._end_batch(self._identity.function_timeout_s)
            self._commit_all(group)
            self._report(group)
        finally:
            group.close()
            self._worker.stop()

    def _commit_all(self, group: Group) -> None:
        """Commits what is done; goes on polling, with all paused, so that a rebalance under way can end first."""
        deadline = self._clock() + LAST_COMMIT_S
        while self._commits.behind(self._delivery.positions()) and self._clock() < deadline:
            group.hold(frozenset(group.owned))
            group.commit(self._delivery.positions())
            group.poll(1, POLL_S)

    def finish(self, partitions: frozenset[str]) -> dict[str, int]:
        """For the group: waits for the batch in flight if it has records of these partitions."""
        batch = self._delivery.in_flight
        if batch is not None and any(record.partition in partitions for record in batch.records):
            self._end_batch(self._identity.revoke_wait_s)
        positions = self._delivery.positions()
        return {name: positions[name] for name in partitions & positions.keys()}

    def forget(self, partitions: frozenset[str]) -> None:
        """For the group: these are somebody else's now."""
        for name in partitions:
            self._delivery.forget(name)

    def _turn(self, group: Group) -> None:
        self._poll(group)
        self._collect(self._worker.outcome(0))
        self._start()
        group.commit(self._delivery.positions())
        if self._stats.due(self._clock()):
            self._report(group)

    def _poll(self, group: Group) -> None:
        now = self._clock()
        room = self._backpressure.room(*self._delivery.fresh())
        held = self._backpressure.hold(self._delivery.uncommitted(), group.held)
        if room:
            self._polled_at = now
            group.hold(held)
        elif now < self._polled_at + FULL_S:
            self._collect(self._worker.outcome(POLL_S))
            return
        else:
            group.hold(frozenset(group.owned))
        fetched = group.poll(room or 1, POLL_S)
        self._stats.now.polled += len(fetched)
        for partition in self._delivery.add(fetched, self._clock()):
            self._log.warning("%s went back to an earlier offset: it starts over", partition)

    def _start(self) -> None:
        batch = self._delivery.next_batch(self._clock())
        if batch is None:
            return
        if self._destination is not None and self._too_large(batch):
            written = self._write(batch.records, batch, on_failure.TOO_LARGE, None)
            self._settle(batch, [] if written else batch.records, counted=False)
            return
        self._invoke(batch, redelivery=False)

    def _too_large(self, batch: Batch) -> bool:
        return len(batch.records) == 1 and batch.records[0].size > self._identity.payload_bytes

    def _invoke(self, batch: Batch, redelivery: bool) -> None:
        self._request_id = str(uuid4())
        self._redelivering = redelivery
        content = event(batch.records, self._identity.bootstrap_servers)
        self._journal.before(self._request_id, batch, redelivery)
        self._worker.submit(partial(self._invoker.invoke, content, self._request_id))

    def _collect(self, outcome: Outcome | None, redeliver: bool = True) -> None:
        """Reads the verdict on the batch in flight, if it has ended."""
        batch = self._delivery.in_flight
        if outcome is None or batch is None:
            return
        failed, reason = self._verdict(outcome, batch)
        self._journal.after(self._request_id, len(failed), reason or None)
        self._count(outcome, batch, failed)
        self._successes += not failed and not self._redelivering
        if not failed and redeliver and not self._redelivering and self._successes in self._faults.redeliver:
            self._log.warning("fault on purpose: batch %d is delivered once more", batch.number)
            self._stats.now.redelivered += len(batch.records)
            self._invoke(batch, redelivery=True)
            return
        if failed:
            self._log.warning(
                "%d of %d records failed in attempt %d (request %s): %s",
                len(failed),
                len(batch.records),
                batch.attempt,
                self._request_id,
                reason or "partial batch response",
            )
        self._settle(batch, failed, outcome.error is None or outcome.error.reached, reason or None)

    def _verdict(self, outcome: Outcome, batch: Batch) -> response.Verdict:
        if outcome.error is not None:
            return response.Verdict(batch.records, str(outcome.error))
        return response.read(outcome.answer, batch.records)

    def _settle(self, batch: Batch, failed: list[Record], counted: bool, function_error: str | None = None) -> None:
        given_up = self._delivery.settle(failed, self._clock(), self._wall() * 1000, counted)
        if not given_up:
            return
        if self._write(given_up, batch, on_failure.RETRIES_EXHAUSTED, function_error):
            self._delivery.finish(given_up)
        else:
            self._delivery.postpone(given_up, self._clock() + WRITE_RETRY_S)

    def _write(self, records: list[Record], batch: Batch, condition: str, function_error: str | None) -> bool:
        """Whether the records are in the on-failure destination now."""
        if self._destination is None:
            return False
        at = datetime.fromtimestamp(self._wall(), UTC)
        key = on_failure.object_key(self._identity.uuid, at, uuid4())
        document = on_failure.document(
            records,
            self._identity.bootstrap_servers,
            request_id=self._request_id,
            function_arn=self._invoker.function_arn,
            condition=condition,
            attempts=batch.attempt,
            function_error=None if function_error is None else "Unhandled",
            at=at,
        )
        try:
            self._destination.write(key, document)
        except on_failure.NotWrittenError as error:
            self._log.error("the on-failure destination failed, so the records are kept: %s", error)
            return False
        self._stats.now.given_up += len(records)
        self._log.error(
            "gave up %d records, %s; they are in the on-failure destination: %s", len(records), condition, key
        )
        return True

    def _end_batch(self, wait_s: float) -> None:
        if self._delivery.in_flight is None:
            return
        self._collect(self._worker.outcome(wait_s), redeliver=False)
        if self._delivery.in_flight is not None:
            self._log.warning("the batch in flight did not end within %g s: it will be delivered again", wait_s)

    def _count(self, outcome: Outcome, batch: Batch, failed: list[Record]) -> None:
        counted = self._stats.now
        counted.invocations += 1
        counted.invoked += len(batch.records)
        counted.failed += len(failed)
        counted.succeeded += len(batch.records) - len(failed)
        counted.failed_invocations += outcome.error is not None
        counted.invoke_seconds += outcome.seconds

    def _report(self, group: Group) -> None:
        committed, seen, high = self._commits.committed, self._delivery.seen(), group.high_watermarks()
        behind = {name: lag(high.get(name), seen.get(name), committed.get(name)) for name in sorted(group.owned)}
        self._stats.write(
            self._clock(),
            {
                "lag": behind,
                "lag_total": sum(each for each in behind.values() if each is not None),
                "committed": {name: committed[name] for name in sorted(group.owned & committed.keys())},
                "owned": len(group.owned),
                "paused": sorted(group.held),
                "fresh": self._delivery.fresh()[0],
                "retrying": self._delivery.retrying,
                "committed_total": self._commits.total,
                "commit_failures_total": group.commit_failures,
            },
        )
