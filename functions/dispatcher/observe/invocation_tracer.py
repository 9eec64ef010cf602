"""Follows one invocation after the other: when it began, its phases; exports its spans when it is over."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from comboio.clocks import Clocks
from comboio.invocation import Invocation
from comboio.otlp.exporter import Exporter, Warn
from comboio.otlp.sampling import Sampling
from comboio.otlp.span import Span, SpanContext
from dispatcher.deadline import Budget
from dispatcher.trace_context import XrayTrace, xray_trace

FLUSH_SHARE = 0.1
"""Of the time that an invocation has at its beginning, at most this share goes to its export."""

XRAY = "_X_AMZN_TRACE_ID"
"""The variable in which Lambda's runtime has the X-Ray trace of the invocation."""


class Phase(NamedTuple):
    """A part of an invocation, in epoch nanoseconds."""

    name: str
    began_ns: int
    ended_ns: int
    failed: bool


MakeSpans = Callable[[SpanContext, str], Sequence[Span]]
"""Makes the spans of an invocation, of its own span's context and the id of the span that it is a part of."""


class InvocationTracer:
    """Traces invocations, one at a time.

    `entropy` returns so many random bytes; `environ` is that of the process, where an invocation is a part of the trace
    that Lambda began in X-Ray, and else None.
    """

    def __init__(
        self,
        exporter: Exporter,
        sampling: Sampling,
        clocks: Clocks,
        margin_s: float,
        entropy: Callable[[int], bytes],
        environ: Mapping[str, str] | None,
        warn: Warn,
    ) -> None:
        self.began_ns = 0
        """Epoch nanoseconds at the beginning."""
        self.phases: list[Phase] = []
        self._exporter = exporter
        self._sampling = sampling
        self._clocks = clocks
        self._margin_s = margin_s
        self._entropy = entropy
        self._environ = environ
        self._warn = warn
        self._began, self._flush_s = 0.0, 0.0
        self._budget = Budget(clocks.clock, 0.0, 0.0, 0.0)

    def begin(self, invocation: Invocation) -> None:
        """Take note of an invocation that begins."""
        self._began, self.began_ns = self._clocks.clock(), self._clocks.now() * 1_000_000
        self.phases = []
        self._budget = Budget.of(invocation, self._clocks, self._margin_s)
        self._flush_s = self._budget.left_s(self._budget.end) * FLUSH_SHARE

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Take note of a phase."""
        began, failed = self._clocks.clock(), True
        try:
            yield
            failed = False
        finally:
            self.phases.append(Phase(name, self.ns(began), self.now_ns(), failed))

    @contextmanager
    def harmless(self) -> Iterator[None]:
        """Make a warning of whatever is wrong with a trace: it is not worth a batch."""
        try:
            yield
        except Exception as defect:
            self._warn("The batch's trace could not be made.", {"error": f"{type(defect).__name__}: {defect}"})

    def export(self, spans: MakeSpans, *, followed: bool) -> None:
        """Export the invocation if it is sampled, in the time that is left."""
        parent = xray_trace(self._environ.get(XRAY, "")) if self._environ is not None else None
        trace = parent or XrayTrace(self._entropy(16).hex(), "", None)
        if self._sampling.wants(trace.trace_id, trace.sampled, self._clocks.clock(), followed=followed):
            made = spans(SpanContext(trace.trace_id, self.new_id()), trace.parent_id)
            self._exporter.export(made, min(self._flush_s, self._budget.left_s(self._budget.end)))

    def new_id(self) -> str:
        """Return a span id."""
        return self._entropy(8).hex()

    def now_ns(self) -> int:
        """Return epoch nanoseconds."""
        return self.ns(self._clocks.clock())

    def ns(self, moment: float) -> int:
        """Return epoch nanoseconds of a second of the clock: the wall clock may be set meanwhile, and is read once."""
        return self.began_ns + round((moment - self._began) * 1_000_000) * 1_000
