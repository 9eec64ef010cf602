"""What went to a destination in one batch."""

from collections.abc import Sequence

from dispatcher.fault import Fault, FaultKind

MOST_TIMES = 4_096
"""Calls whose time is kept, so that a batch that never ends does not fill the memory."""


class Traffic:
    """Counts of one destination: calls, those that failed or were throttled, messages it took; and times.

    `seconds` are the times of its first calls, each from just before it to its answer. `began` and `ended` are when the
    first call was made and the last answer came, in seconds of the sender's clock.
    """

    __slots__ = ("began", "calls", "ended", "failed", "messages", "seconds", "suspected", "throttled")

    def __init__(self) -> None:
        self.began = self.ended = 0.0
        self.calls = 0
        self.failed = 0
        self.throttled = 0
        self.messages = 0
        self.suspected = False
        """Whether a message failed again, alone, that had failed before."""
        self.seconds: list[float] = []

    def called(self, now: float) -> None:
        """Count a call that is made."""
        if not self.calls:
            self.began = now
        self.calls += 1

    def answered(self, faults: Sequence[Fault | None], seconds: float) -> None:
        """Count a call that came back; one with any fault but a throttle has failed."""
        if len(self.seconds) < MOST_TIMES:
            self.seconds.append(seconds)
        if any(faults):
            kinds = {fault.kind for fault in faults if fault}
            self.throttled += FaultKind.THROTTLED in kinds
            self.failed += kinds != {FaultKind.THROTTLED}
