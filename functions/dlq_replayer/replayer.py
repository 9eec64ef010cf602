"""One request: checked, carried out, and answered."""

import json
from collections.abc import Mapping
from typing import Any

from comboio.clocks import Clocks
from comboio.drain.waiting_index import MOST_GROUPS
from comboio.invocation import Invocation
from dlq_replayer.aws.lambda_function import InvocationError, RemoteFunction
from dlq_replayer.hold.control import HoldControl
from dlq_replayer.observe.audit import Audit
from dlq_replayer.observe.histogram import Histogram
from dlq_replayer.observe.run_report import RunReport
from dlq_replayer.request import confirmation
from dlq_replayer.request.continuation import follow_up
from dlq_replayer.request.request import HOLD, Continuation, RefusedError, Request, read, refused
from dlq_replayer.run import Run, Scope, StopReason
from dlq_replayer.runs import Runs
from dlq_replayer.sources.source import SourceError
from dlq_replayer.targets.target import TargetError

_MAX_INSPECTED = 50_000
"""Letters of one inspect, which keeps them invisible until it ends."""

Answer = dict[str, Any]
"""The answer to a request, as JSON's own types; docs/how-to/replay.md describes it."""


class Replayer:
    """Carries out requests. `itself` is this function, which it may invoke to continue when its time ends."""

    def __init__(
        self, runs: Runs, hold: HoldControl | None, itself: RemoteFunction | None, audit: Audit, clocks: Clocks
    ) -> None:
        self._runs = runs
        self._hold = hold
        self._itself = itself
        self._audit = audit
        self._clocks = clocks

    def handle(self, event: Mapping[str, Any], invocation: Invocation) -> Answer:
        """Answer a request. The answer to one that cannot be carried out says what is allowed, and what was changed."""
        try:
            request = read(event)
            return (self._hold_answer if request.source == HOLD else self._carry_out)(request, invocation)
        except RefusedError as error:
            self._audit.refused(error.faults)
            error_text = f"stopped on the way: {error.done}" if error.done else "refused: nothing was changed"
            return {"error": error_text, "faults": error.faults}

    def _hold_answer(self, request: Request, invocation: Invocation) -> Answer:
        """Carry out a request about the hold queue, which takes seconds, however much it holds."""
        if self._hold is None:
            missing = "HOLD_QUEUE_URL or LEDGER_TABLE is not set on the function, and the source hold needs both."
            raise refused("source", missing, "another source")
        now = self._clocks.now()
        self._audit.begun(request, invocation.owner)
        tally = self._hold.carry_out(request, now)
        answer: Answer = {
            "run": invocation.owner,
            "invocation": 1,
            "action": request.action,
            "source": request.source,
            "dry_run": request.dry_run,
            "stopped": StopReason.FINISHED.value,
            "remaining": self._hold.depth(),
            "foreign": [],
            **tally.to_fields(now),
        }
        if request.action != "inspect" and not answer["counts"]["matched"]:
            answer["problem"] = (
                "No waiting record matches, as the drainer last saw them. Check the names by `inspect`."
                + (
                    " What it has not seen yet is given up too: the request stays in force."
                    if request.action == "give_up" and not request.dry_run
                    else ""
                )
            )
        if answer["counts"]["examined"] >= MOST_GROUPS:
            answer["problem"] = (
                f"Only {MOST_GROUPS:,} order groups were looked at, and there may be more: the counts are the least "
                "that waits. What was not looked at is tried by itself, within an hour."
            )
        self._audit.ended(request, answer, {})
        return answer

    def _carry_out(self, request: Request, invocation: Invocation) -> Answer:
        now = self._clocks.now()
        so_far = request.continues or Continuation(run=invocation.owner, invocation=0, started_at=now)
        scope = self._scope(request, so_far.started_at, now)
        report = RunReport(Histogram(request.samples, bodies=request.bodies), so_far.counts)
        try:
            run = self._runs.of(request, invocation, scope, report)
        except TargetError as error:
            raise refused("target", str(error), "dispatcher, or kafka where the function is set up for it") from None
        self._audit.begun(request, so_far.run)
        examined_before = so_far.counts.get("examined", 0)
        try:
            stopped = run.go()
        except SourceError as error:
            allowed = "dlq, parking or s3://bucket/prefix, with the role's permission to read it"
            raise refused("source", str(error), allowed) from None
        answer = self._answer(request, run, so_far, stopped)
        if report.counts.by_outcome["examined"] == examined_before and stopped is StopReason.TIME:
            answer["problem"] = "There was no time for a single letter: give the function a longer timeout."
        elif stopped is StopReason.TIME and request.action != "inspect":  # which would begin with what it just put back
            self._go_on(request, run, so_far, answer)
        self._audit.ended(request, answer, so_far.counts)
        return answer

    def _scope(self, request: Request, started_at: int, now: int) -> Scope:
        """Return which messages are the run's to take."""
        if request.action == "purge" and not request.dry_run:
            count, moment = confirmation.check(request, now)
            return Scope(moment, count if request.max_messages is None else min(count, request.max_messages))
        if request.action == "inspect":
            return Scope(started_at, min(request.max_messages or _MAX_INSPECTED, _MAX_INSPECTED))
        return Scope(started_at, request.max_messages)

    def _answer(self, request: Request, run: Run, so_far: Continuation, stopped: StopReason) -> Answer:
        now, report = self._clocks.now(), run.report
        counts, oldest = report.counts.to_fields(), report.counts.oldest
        answer: Answer = {
            "run": so_far.run,
            "invocation": so_far.invocation + 1,
            "action": request.action,
            "source": request.source,
            "dry_run": request.dry_run,
            "stopped": stopped.value,
            "counts": counts,
            "remaining": run.source.depth(),
            "oldest_age_s": None if oldest is None else max(0, now - oldest) // 1000,
            "foreign": report.foreign,
        }
        if report.problem:
            answer["problem"] = report.problem
        if request.action == "inspect":
            answer |= report.histogram.to_fields()
            answer["confirmation"] = confirmation.token(
                request.source, request.filter, counts["matched"], so_far.started_at
            )
        return answer

    def _go_on(self, request: Request, run: Run, so_far: Continuation, answer: Answer) -> None:
        """Say how to continue, and invoke this function to do so where that was asked for."""
        now_done = Continuation(
            run=so_far.run,
            invocation=so_far.invocation + 1,
            started_at=so_far.started_at,
            after=run.after,
            counts=answer["counts"],
            failing_windows=run.failing_windows,
        )
        answer["continuation"] = follow_up(request, now_done, run.scope.budget, request.self_invoke)
        answer["continued"] = False
        if request.self_invoke and self._itself is not None:
            event = follow_up(request, now_done, run.scope.budget, request.self_invoke - 1)
            try:
                self._itself.start(json.dumps(event).encode())
            except InvocationError as error:
                answer["problem"] = f"The function could not invoke itself: {error} Send `continuation` instead."
            else:
                answer["continued"] = True
                del answer["continuation"]
