"""The invocations under way: starts them, and reads what each came to."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol
from uuid import uuid4

from consumer.event import ConsumedRecord, EventSource
from consumer.failure import ServiceFailedError
from consumer.inflight.batch import RecordBatch
from consumer.invoke import response
from consumer.invoke.faults import Faults
from consumer.invoke.invoke import Invoker
from consumer.invoke.invoker_thread import InvocationResult
from consumer.observe.journal import Journal

GRACE_S = 30.0
"""Seconds that an invocation may go on past the function's timeout, before the service ends because of it."""


class Threads(Protocol):
    """What runs the calls; `InvokerThreads` outside of tests."""

    def submit(self, number: int, call: Callable[[], Any]) -> None:
        """Start a call."""
        ...

    def result(self, timeout_s: float) -> InvocationResult | None:
        """Return what one of the calls came to; None if there is none within this time."""
        ...

    @property
    def alive(self) -> bool:
        """Whether calls are still carried out."""
        ...

    def stop(self) -> None:
        """End after the calls under way."""
        ...


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What an invocation came to."""

    batch: RecordBatch
    request_id: str
    failed: list[ConsumedRecord]
    reason: str
    """Why the whole batch failed; empty for a success and for a partial response."""
    function_error: bool
    """Whether there was no answer."""
    reached: bool
    """False where the function never ran."""
    seconds: float


class _Call(NamedTuple):
    batch: RecordBatch
    request_id: str
    redelivery: bool
    started: float


class Invocations:
    """Calls the function in other threads. Whatever it does comes back as a batch that succeeded or failed."""

    def __init__(
        self,
        invoker: Invoker,
        source: EventSource,
        threads: Threads,
        journal: Journal,
        faults: Faults,
        timeout_s: float,
        log: logging.Logger,
        clock: Callable[[], float],
        read: response.Reader = response.read,
    ) -> None:
        self._invoker = invoker
        self._source = source
        self._threads = threads
        self._journal = journal
        self._faults = faults
        self._timeout_s = timeout_s
        self._log = log
        self._clock = clock
        self._read = read
        self._calls: dict[int, _Call] = {}
        self._successes = 0
        self.redelivered = 0
        """Records that were delivered once more on purpose."""

    @property
    def function_arn(self) -> str:
        """The ARN of the function."""
        return self._invoker.function_arn

    @property
    def alive(self) -> bool:
        """Whether what was started can still end."""
        return self._threads.alive

    def start(self, batch: RecordBatch, *, redelivery: bool = False) -> None:
        """Invoke the function with a batch; `collect` returns what it came to."""
        request_id = str(uuid4())
        self._calls[batch.number] = _Call(batch, request_id, redelivery, self._clock())
        self._journal.before(request_id, batch, redelivery=redelivery)
        self._threads.submit(batch.number, partial(self._call, batch, request_id))

    def _call(self, batch: RecordBatch, request_id: str) -> Any:
        """Run in the thread: the event is made there too, so that polling goes on."""
        return self._invoker.deliver(batch.records, self._source, request_id)

    def collect(self, wait_s: float, *, redeliver: bool = True) -> BatchOutcome | None:
        """Return what one invocation came to, waiting for it this long; None if none has ended."""
        result = self._threads.result(wait_s)
        if result is None:
            return None
        call = self._calls.pop(result.number)
        outcome = self._outcome(call, result)
        self._journal.after(call.request_id, len(outcome.failed), outcome.reason or None)
        if outcome.failed:
            self._log.warning(
                "%d of %d records failed in attempt %d (request %s): %s",
                len(outcome.failed),
                len(call.batch.records),
                call.batch.attempt,
                call.request_id,
                outcome.reason or "partial batch response",
            )
        elif not call.redelivery:
            self._successes += 1
            if redeliver and self._successes in self._faults.redeliver:
                self._log.warning("injected fault: batch %d is delivered again", call.batch.number)
                self.redelivered += len(call.batch.records)
                self.start(call.batch, redelivery=True)
                return None
        return outcome

    def _outcome(self, call: _Call, result: InvocationResult) -> BatchOutcome:
        batch = call.batch
        if result.error is not None:
            failed, reason = batch.records, str(result.error)
            return BatchOutcome(batch, call.request_id, failed, reason, True, result.error.reached, result.seconds)
        failed, reason = self._read(result.answer, batch.records)
        return BatchOutcome(batch, call.request_id, failed, reason, False, True, result.seconds)

    def check(self) -> None:
        """Raise if invocations do not come to an end any more.

        Raises:
            ServiceFailedError: a thread that invokes has ended, or an invocation goes on long past its timeout.
        """
        if not self._threads.alive:
            raise ServiceFailedError(
                "A thread that invokes the function has ended, so batches would not be invoked any more: the function "
                "or a library of it ended the thread from outside. Check what it does with threads."
            )
        overdue = self._clock() - self._timeout_s - GRACE_S
        for call in self._calls.values():
            if call.started < overdue:
                raise ServiceFailedError(
                    f"The function did not end within CONSUMER_FUNCTION_TIMEOUT_S ({self._timeout_s:g} s) and "
                    f"{GRACE_S:g} s more (request {call.request_id}, {len(call.batch.records)} records); a call in "
                    "this process can only be stopped with it. Check what the function waits for."
                )

    def stop(self) -> None:
        """End the threads after the calls under way."""
        self._threads.stop()
