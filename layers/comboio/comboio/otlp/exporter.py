"""Sends spans to a receiver, and lets nothing that the receiver does hinder whoever has them.

A request takes no longer than it is given. After one that failed, nothing is sent for a while: a receiver that hangs
costs its timeout once in that time, and not with each batch. What is not sent is dropped and counted.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from comboio.aws.http import Answer
from comboio.otlp.encoding import trace_request
from comboio.otlp.span import Span, Value

Post = Callable[[bytes, float], Answer]
"""POSTs a body within so many seconds; raises where no answer came."""

Warn = Callable[[str, Mapping[str, object]], None]
"""Tells an operator something, with facts beside it."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 10.0, 300.0
"""Seconds without a request after one that failed; they double with each that fails again. A collector that restarts
is back within the first, and one that hangs for hours costs its timeout twelve times an hour."""

SHORTEST_S = 0.02
"""With less time than this nothing is sent: it would hardly be answered."""

_LONGEST_REASON = 200
"""Characters of the reason that is told; a receiver's answer may be a page."""


class Exporter:
    """Exports spans. It never raises, and tells once that it cannot, and once that it can again."""

    def __init__(
        self, post: Post, resource: Mapping[str, Value], timeout_s: float, clock: Callable[[], float], warn: Warn
    ) -> None:
        self._post = post
        self._resource = resource
        self._timeout_s = timeout_s
        self._clock = clock
        self._warn = warn
        self._resumes_at = 0.0
        self._pause_s = 0.0
        self.dropped = 0
        """Spans that were not exported, since the start."""

    def export(self, spans: Sequence[Span], within_s: float) -> None:
        """Send the spans, within `within_s` seconds and the exporter's own timeout."""
        within_s = min(within_s, self._timeout_s)
        if within_s < SHORTEST_S or (self._pause_s and self._clock() < self._resumes_at):
            self.dropped += len(spans)
            return
        try:
            answer = self._post(trace_request(self._resource, spans), within_s)
        except Exception as error:  # whatever it is: a trace is not worth a batch
            self._failed(f"{type(error).__name__}: {error}", len(spans))
            return
        if not 200 <= answer.status < 300:
            self._failed(f"status {answer.status}", len(spans))
            return
        if self._pause_s:
            self._pause_s = 0.0
            self._warn("Traces are exported again.", {"spans_dropped": self.dropped})
        if rejected := _rejected(answer.body):
            if not self.dropped:
                self._warn(
                    "The receiver of traces rejected spans; see its log for the reason.", {"spans_rejected": rejected}
                )
            self.dropped += rejected

    def _failed(self, why: str, spans: int) -> None:
        self.dropped += spans
        if not self._pause_s:
            self._warn(
                "Traces cannot be exported, and are dropped until the receiver takes them again; messages are not "
                "affected. Check OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP, usually port 4318), the way there, and "
                "the receiver's log.",
                {"error": why[:_LONGEST_REASON], "spans_dropped": self.dropped},
            )
        self._pause_s = min(self._pause_s * 2 or FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self._resumes_at = self._clock() + self._pause_s


def _rejected(body: bytes) -> int:
    """Return how many spans a success says were rejected; an answer that makes no sense says nothing."""
    with suppress(ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return max(int(json.loads(body)["partialSuccess"]["rejectedSpans"]), 0)
    return 0
