"""Makes the run of a request: opens its source and its target."""

from collections.abc import Callable
from concurrent.futures import Executor

from comboio.clocks import Clocks
from comboio.invocation import Invocation
from dlq_replayer.observe.run_report import RunReport
from dlq_replayer.rate import LetterRate
from dlq_replayer.request.request import Request
from dlq_replayer.run import Run, Scope
from dlq_replayer.sender import Capacity, LetterSender
from dlq_replayer.sources.source import Source
from dlq_replayer.targets.parking import Parking
from dlq_replayer.targets.target import Target

OpenSource = Callable[[Request, Invocation], Source]
"""Opens the source that a request names."""

OpenTarget = Callable[[Request, Invocation], Target]
"""Opens the target that a request names; raises TargetError."""


class Runs:
    """What all runs of an execution environment have in common."""

    def __init__(
        self,
        open_source: OpenSource,
        open_target: OpenTarget,
        parking: Parking,
        pool: Executor,
        capacity: Capacity,
        *,
        margin_ms: int,
        clocks: Clocks,
    ) -> None:
        self._open_source = open_source
        self._open_target = open_target
        self._parking = parking
        self._pool = pool
        self._workload = capacity
        self._margin_ms = margin_ms
        self._clocks = clocks

    def of(self, request: Request, invocation: Invocation, scope: Scope, report: RunReport) -> Run:
        """Return the run of a request.

        Raises:
            TargetError: its target cannot be used.
        """
        target = self._open_target(request, invocation)
        sender = LetterSender(
            target,
            self._pool,
            self._workload,
            LetterRate(request.rate_per_s, self._clocks.clock()),
            self._clocks,
            ordered=request.order == "key",
            last_start=invocation.deadline - self._margin_ms - target.longest_ms,
        )
        return Run(
            request,
            self._open_source(request, invocation),
            self._parking,
            sender,
            scope,
            report,
            window=self._workload.window,
            clocks=self._clocks,
        )
