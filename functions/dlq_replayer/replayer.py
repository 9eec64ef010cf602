"""One request: checked, carried out, and answered."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from comboio.clocks import Clocks
from comboio.invocation import Invocation
from dlq_replayer.aws.lambda_function import InvocationError, RemoteFunction
from dlq_replayer.observe.audit import Audit
from dlq_replayer.observe.counts import Tally
from dlq_replayer.observe.histogram import Histogram
from dlq_replayer.rate import Pace
from dlq_replayer.request import confirmation
from dlq_replayer.request.continuation import continuation
from dlq_replayer.request.request import Continues, RefusedError, Request, read, refused
from dlq_replayer.request.selection import selector
from dlq_replayer.run import TIME, Bounds, Run
from dlq_replayer.sources.source import Source, SourceError
from dlq_replayer.targets.parking import Parking
from dlq_replayer.targets.target import Target, TargetError

MOST_INSPECTED = 50_000
"""Letters of one inspect: it keeps them invisible till it ends."""

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one invocation may do; `margins_ms` before the deadline nothing is begun, by target."""

    window: int
    batch: int
    lanes: int
    margins_ms: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run is made of."""

    source: Callable[[Request, Invocation], Source]
    target: Callable[[Request, Invocation], Target]
    parking: Parking
    itself: RemoteFunction | None
    pool: Executor
    limits: Limits
    audit: Audit
    clocks: Clocks


class Replayer:
    """Carries out requests."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def handle(self, event: Mapping[str, Any], invocation: Invocation) -> Answer:
        """The answer to a request; one that cannot be carried out touches nothing, and is told what is allowed."""
        try:
            request = read(event)
            return self._carry_out(request, invocation)
        except RefusedError as error:
            self._parts.audit.refused(error.faults)
            return {"error": "refused: nothing was touched", "faults": error.faults}

    def _carry_out(self, request: Request, invocation: Invocation) -> Answer:
        parts = self._parts
        now = parts.clocks.now()
        done = request.continues or Continues(run=invocation.owner, invocation=0, started_at=now)
        budget, until = self._bounds(request, done.started_at, now)
        try:
            target = parts.target(request, invocation)
        except TargetError as error:
            raise refused("target", str(error), "dispatcher, or kafka where the function has what it needs") from None
        run = Run(
            request=request,
            source=parts.source(request, invocation),
            parking=parts.parking,
            target=target,
            matches=selector(request.filter),
            bounds=Bounds(
                parts.limits.window,
                parts.limits.batch,
                parts.limits.lanes,
                invocation.deadline - parts.limits.margins_ms[request.target],
            ),
            budget=budget,
            until=until,
            tally=Tally(done.counts),
            histogram=Histogram(request.samples, request.bodies),
            pool=parts.pool,
            clocks=parts.clocks,
            pace=Pace(request.rate_per_s, parts.clocks.clock()),
        )
        parts.audit.begun(request, done.run)
        examined_before = run.tally.counts["examined"]
        try:
            stopped = run.go()
        except SourceError as error:
            raise refused("source", str(error), "dlq, parking or s3://bucket/prefix, with the role's leave") from None
        answer = self._answer(request, run, done, stopped)
        if run.tally.counts["examined"] == examined_before and stopped == TIME:
            answer["problem"] = "There was no time for a single letter: give the function a longer timeout."
        elif stopped == TIME and request.action != "inspect":  # which would begin with what it just put back
            self._go_on(request, run, done, answer)
        parts.audit.ended(request, answer, done.counts)
        return answer

    def _bounds(self, request: Request, started_at: int, now: int) -> tuple[int | None, int]:
        """Letters to take at the most, and the moment after which one is not this run's."""
        if request.action == "purge" and not request.dry_run:
            count, moment = confirmation.check(request, now)
            return (count if request.max_messages is None else min(count, request.max_messages)), moment
        if request.action == "inspect":
            return min(request.max_messages or MOST_INSPECTED, MOST_INSPECTED), started_at
        return request.max_messages, started_at

    def _answer(self, request: Request, run: Run, done: Continues, stopped: str) -> Answer:
        now = self._parts.clocks.now()
        counts = run.tally.to_fields()
        answer: Answer = {
            "run": done.run,
            "invocation": done.invocation + 1,
            "action": request.action,
            "source": request.source,
            "dry_run": request.dry_run,
            "stopped": stopped,
            "counts": counts,
            "remaining": run.source.depth(),
            "oldest_age_s": None if run.tally.oldest is None else max(0, now - run.tally.oldest) // 1000,
            "foreign": run.foreign,
        }
        if run.problem:
            answer["problem"] = run.problem
        if request.action == "inspect":
            answer |= run.histogram.to_fields()
            answer["confirmation"] = confirmation.token(
                request.source, request.filter, counts["matched"], done.started_at
            )
        return answer

    def _go_on(self, request: Request, run: Run, done: Continues, answer: Answer) -> None:
        """Says how to go on, and does so by itself where that was asked for."""
        so_far = Continues(
            run=done.run,
            invocation=done.invocation + 1,
            started_at=done.started_at,
            after=run.after,
            counts=answer["counts"],
        )
        answer["continuation"] = continuation(request, so_far, run.budget, request.self_invoke)
        answer["continued"] = False
        if request.self_invoke and self._parts.itself is not None:
            follow_up = continuation(request, so_far, run.budget, request.self_invoke - 1)
            try:
                self._parts.itself.start(json.dumps(follow_up).encode())
            except InvocationError as error:
                answer["problem"] = f"It could not go on by itself: {error} Send `continuation` instead."
            else:
                answer["continued"] = True
                del answer["continuation"]
