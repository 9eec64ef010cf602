"""A run: reads a window of messages, decides about each, acts, and removes what is done; until it must stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from comboio.clocks import Clocks
from comboio.contract.redispatch import DONE, RedispatchOutcome
from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.observe.run_report import RunReport
from dlq_replayer.request.request import DLQ, PARKING, Request
from dlq_replayer.request.selection import selector
from dlq_replayer.sender import HELD, UNTRIED, LetterSender
from dlq_replayer.sources.source import Source, SourceError
from dlq_replayer.targets.parking import Parking

_MAX_FAILING_WINDOWS = 2
"""Windows in a row of which the target takes nothing, after which the run stops."""

_PACED_S = 30
"""Seconds' worth of letters to read at a time when a rate is asked for: what waits in memory is invisible to others."""

_MIN_WINDOW = 10

COUNTED: dict[str, str] = {
    RedispatchOutcome.DISPATCHED: "replayed",
    RedispatchOutcome.DUPLICATE: "duplicate",
    RedispatchOutcome.DEAD: "died_again",
    RedispatchOutcome.BUSY: "busy",
    HELD: "held",
    UNTRIED: "untried",
}
"""How outcomes are counted; any other is a failure."""


class StopReason(StrEnum):
    """Why a run stopped."""

    FINISHED = "finished"
    MAX_MESSAGES = "max_messages"
    TIME = "time"
    TARGET_FAILING = "target_failing"
    SOURCE_FAILING = "source_failing"


@dataclass(slots=True)
class Scope:
    """Which messages are the run's to take."""

    until: int
    """Messages that their source got after this moment (epoch ms) are left to the next run."""
    budget: int | None
    """Letters that the run may still take; None: all of them."""


class Run:
    """One invocation's part of a run."""

    def __init__(
        self,
        request: Request,
        source: Source,
        parking: Parking,
        sender: LetterSender,
        scope: Scope,
        report: RunReport,
        *,
        window: int,
        clocks: Clocks,
    ) -> None:
        self.after = ""
        """Where a continuation reads on, for sources that have an order."""
        self.report = report
        self.scope = scope
        self.source = source
        self._request = request
        self._parking = parking
        self._sender = sender
        self._selects = selector(request.filter)
        self._clocks = clocks
        rate = request.rate_per_s if request.action == "replay" else None
        self._window = window if rate is None else min(window, int(max(1.0, rate)) * _PACED_S)
        self.failing_windows = request.continues.failing_windows if request.continues else 0
        """Windows in a row, those of the run's earlier invocations too, of which the target took nothing."""
        self._left_for_want_of_time = False
        self._window_was_cut = False

    def go(self) -> StopReason:
        """Run until there is a reason to stop, and return it.

        Raises:
            SourceError: not even the first message could be read.
        """
        try:
            while True:
                if self.scope.budget == 0:
                    return StopReason.MAX_MESSAGES
                if self.failing_windows >= _MAX_FAILING_WINDOWS:
                    self.report.problem = "The target takes no letter. See the dispatcher's log, then try again."
                    return StopReason.TARGET_FAILING
                if self._left_for_want_of_time or self._clocks.now() >= self._sender.last_start:
                    return StopReason.TIME
                self.after = self.source.after
                most = self._window if self.scope.budget is None else min(self._window, self.scope.budget)
                until = self._half_time()
                window = self.source.read(max(most, _MIN_WINDOW), until)
                if not window and self._clocks.now() < until:
                    return StopReason.FINISHED
                self._handle(window)
                if not self._window_was_cut:
                    self.after = self.source.after
        except SourceError as error:
            if not self.report.counts.by_outcome["examined"]:
                raise
            self.report.problem = str(error)
            return StopReason.SOURCE_FAILING
        finally:
            self.source.close()

    def _half_time(self) -> float:
        """Return when half of the time that is left is over: the other half is to send and remove what was read."""
        now = self._clocks.now()
        return now + (self._sender.last_start - now) / 2

    def _handle(self, window: Sequence[ReceivedLetter]) -> None:
        """Decide about each message of a window, and act."""
        self.report.count("examined", len(window))
        mine: list[ReceivedLetter] = []
        foreign: list[ReceivedLetter] = []
        for received in window:
            if received.sent_at > self.scope.until:
                self._leave("later", [received])
            elif received.unread:
                self._leave("failed", [received])
                self.report.problem = received.flaw
            elif received.letter is None:
                foreign.append(received)
            elif not self._selects(received.letter):
                self._leave("unmatched", [received])
            elif self.scope.budget is not None and len(mine) >= self.scope.budget:
                self._leave(None, [received])
                self._window_was_cut = True
            else:
                mine.append(received)
        self._set_aside(foreign)
        self.report.count("matched", len(mine))
        if self.scope.budget is not None:
            self.scope.budget -= len(mine)
        self._act(mine)

    def _act(self, mine: Sequence[ReceivedLetter]) -> None:
        request = self._request
        if request.action == "inspect":
            now = self._clocks.now()
            for received in mine:
                self.report.histogram.add(received.dead, now)
            self._leave(None, mine)
        elif request.dry_run:
            self._leave("would", mine)
        elif request.action == "park":
            self._park(mine, "asked for")
        elif request.action == "purge":
            self._remove("purged", mine)
        else:
            worn_out = [each for each in mine if each.dead.replay_count >= request.max_replays]
            if request.source == PARKING:
                self._leave("worn_out", worn_out)
            else:
                self._park(worn_out, f"replayed {request.max_replays} times")
            self._replay([each for each in mine if each.dead.replay_count < request.max_replays])

    def _set_aside(self, foreign: Sequence[ReceivedLetter]) -> None:
        """Park foreign messages out of the DLQ; anywhere else they stay where they are. They are never deleted."""
        self.report.add_foreign(foreign)
        request = self._request
        if request.action in ("replay", "park") and request.source == DLQ and not request.dry_run:
            self._park(foreign, "foreign")
        else:
            self._leave(None, foreign)

    def _park(self, messages: Sequence[ReceivedLetter], why: str) -> None:
        if not messages:
            return
        parked = self._parking.park(messages, why)
        self._remove("parked", [each for each, there in zip(messages, parked, strict=True) if there])
        self._leave("failed", [each for each, there in zip(messages, parked, strict=True) if not there])

    def _replay(self, letters: Sequence[ReceivedLetter]) -> None:
        """Send letters, and remove those that are done."""
        if not letters:
            return
        by_outcome: dict[str, list[ReceivedLetter]] = {}
        for received, outcome in self._sender.send(letters):
            by_outcome.setdefault(outcome, []).append(received)
        for outcome, messages in by_outcome.items():
            if outcome in DONE:
                self._remove(COUNTED[outcome], messages)
            else:
                self._leave(COUNTED.get(outcome, "failed"), messages)
        if untried := len(by_outcome.get(UNTRIED, ())):
            self._window_was_cut = self._left_for_want_of_time = True
            self.report.count("matched", -untried)
            if self.scope.budget is not None:
                self.scope.budget += untried
        if by_outcome.keys() & DONE:
            self.failing_windows = 0
        elif by_outcome.keys() - {UNTRIED, HELD, RedispatchOutcome.BUSY}:
            self.failing_windows += 1

    def _remove(self, outcome: str, messages: Sequence[ReceivedLetter]) -> None:
        if messages:
            self.report.count(outcome, len(messages))
            self.report.count("undeleted", self.source.remove(messages))

    def _leave(self, outcome: str | None, messages: Sequence[ReceivedLetter]) -> None:
        if outcome is not None:
            self.report.count(outcome, len(messages))
        for received in messages:
            self.report.counts.left(received)
        self.source.leave(messages)
