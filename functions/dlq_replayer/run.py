"""A run: reads a window of messages, decides about each, does it, and takes out what is done; until it must stop."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import Lock

from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.redispatch import DONE, RedispatchOutcome
from dlq_replayer.letter import Held
from dlq_replayer.observe.counts import Tally
from dlq_replayer.observe.histogram import Histogram
from dlq_replayer.ordering import batches, key_of, lanes
from dlq_replayer.rate import Pace
from dlq_replayer.request.request import DLQ, PARKING, Request
from dlq_replayer.sources.source import Source, SourceError
from dlq_replayer.targets.parking import Parking
from dlq_replayer.targets.target import Target

FINISHED, ENOUGH, TIME = "finished", "max_messages", "time"
TARGET_FAILING, SOURCE_FAILING = "target_failing", "source_failing"

FAILING_WINDOWS = 2
"""Windows in a row of which the target takes nothing, after which it is left in peace."""

PACED_S = 30
"""Seconds' worth of letters to read at a time when they go slowly."""

COUNTED: dict[str, str] = {
    RedispatchOutcome.DISPATCHED: "replayed",
    RedispatchOutcome.DUPLICATE: "duplicate",
    RedispatchOutcome.DEAD: "died_again",
}
"""How the outcomes that end a letter are counted."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Letters in memory and in a batch, batches side by side; nothing begins after `last_start` (ms since 1970)."""

    window: int
    batch: int
    lanes: int
    last_start: int


@dataclass(slots=True)
class Run:
    """One invocation's part of a run. `budget`: letters it may still take; None: all. `until`: later ones are left."""

    request: Request
    source: Source
    parking: Parking
    target: Target
    matches: Callable[[DeadLetter], bool]
    bounds: Bounds
    budget: int | None
    until: int
    tally: Tally
    histogram: Histogram
    pool: Executor
    clocks: Clocks
    pace: Pace
    after: str = ""
    problem: str = ""
    foreign: list[dict[str, str]] = field(default_factory=list)
    _failing: int = 0
    _cut: bool = False
    _out_of_time: bool = False
    _pacing: Lock = field(default_factory=Lock)

    def go(self) -> str:
        """Why it stopped: one of the words above.

        Raises:
            SourceError: not even the first message could be read.
        """
        try:
            while True:
                if self._out_of_time or self.clocks.now() >= self.bounds.last_start:
                    return TIME
                if self.budget == 0:
                    return ENOUGH
                if self._failing >= FAILING_WINDOWS:
                    self.problem = "The target takes nothing: look at the dispatcher's log, mend it, and try again."
                    return TARGET_FAILING
                self.after = self.source.after
                window = self.source.read(self._want())
                if not window:
                    return FINISHED
                self._take(window)
                if not self._cut:
                    self.after = self.source.after
        except SourceError as error:
            if not self.tally.counts["examined"]:
                raise
            self.problem = str(error)
            return SOURCE_FAILING
        finally:
            self.source.close()

    def _want(self) -> int:
        want = self.bounds.window if self.budget is None else min(self.bounds.window, self.budget)
        if self.pace.most is not None and self.request.action == "replay":
            want = min(want, self.pace.most * PACED_S)
        return max(want, 10)

    def _take(self, window: Sequence[Held]) -> None:
        """Decides about each message of a window, and does it."""
        self.tally.counts["examined"] += len(window)
        mine: list[Held] = []
        foreign: list[Held] = []
        for held in window:
            if held.sent_at > self.until:
                self._leave("later", [held])
            elif held.letter is None and held.for_now:
                self._leave("failed", [held])
                self.problem = held.flaw
            elif held.letter is None:
                foreign.append(held)
            elif not self.matches(held.letter):
                self._leave("unmatched", [held])
            elif self.budget is not None and len(mine) >= self.budget:
                self._leave(None, [held])
                self._cut = True
            else:
                mine.append(held)
        self._set_aside(foreign)
        self.tally.counts["matched"] += len(mine)
        if self.budget is not None:
            self.budget -= len(mine)
        self._act(mine)

    def _act(self, mine: Sequence[Held]) -> None:
        action = self.request.action
        if action == "inspect":
            now = self.clocks.now()
            for held in mine:
                self.histogram.add(held, now)
            self._leave(None, mine)
        elif self.request.dry_run:
            self._leave("would", mine)
        elif action == "park":
            self._park(mine, "asked for")
        elif action == "purge":
            self._remove("purged", mine)
        else:
            worn = [held for held in mine if held.dead.replay_count >= self.request.max_replays]
            if self.request.source == PARKING:
                self._leave("worn_out", worn)
            else:
                self._park(worn, f"replayed {self.request.max_replays} times")
            self._replay([held for held in mine if held.dead.replay_count < self.request.max_replays])

    def _set_aside(self, foreign: Sequence[Held]) -> None:
        """What is no letter is parked out of the DLQ, and stays where it is anywhere else; never deleted."""
        self.tally.counts["foreign"] += len(foreign)
        self.foreign += [{"place": held.ticket.place, "flaw": held.flaw} for held in foreign]
        del self.foreign[10:]
        if self.request.action in ("replay", "park") and self.request.source == DLQ and not self.request.dry_run:
            self._park(foreign, "foreign")
        else:
            self._leave(None, foreign)

    def _park(self, messages: Sequence[Held], why: str) -> None:
        if not messages:
            return
        kept = self.parking.park(messages, why)
        self._remove("parked", [held for held, there in zip(messages, kept, strict=True) if there])
        self._leave("failed", [held for held, there in zip(messages, kept, strict=True) if not there])

    def _replay(self, letters: Sequence[Held]) -> None:
        """Takes them to the target, lane by lane, and removes what it took."""
        if not letters:
            return
        ordered = self.request.order == "key"
        copies: dict[str, list[Held]] = {}
        for held in letters:
            copies.setdefault(held.dead.id, []).append(held)
        first = [held for held, *_ in copies.values()]
        running = [self.pool.submit(self._lane, lane) for lane in lanes(first, self.bounds.lanes, ordered)]
        by_outcome: dict[str, list[Held]] = {}
        for lane in running:
            for held, outcome in lane.result():
                by_outcome.setdefault(outcome, []).append(held)
                again = "duplicate" if outcome in DONE else outcome
                by_outcome.setdefault(again, []).extend(copies[held.dead.id][1:])
        for outcome, held_so in by_outcome.items():
            if outcome in DONE:
                self._remove(COUNTED[outcome], held_so)
            else:
                self._leave(outcome if outcome in ("busy", "held", "untried") else "failed", held_so)
        if untried := len(by_outcome.get("untried", ())):
            self._cut = self._out_of_time = True
            self.tally.counts["matched"] -= untried
            if self.budget is not None:
                self.budget += untried
        if by_outcome.keys() & DONE:
            self._failing = 0
        elif by_outcome.keys() - {"untried", "held", "busy"}:
            self._failing += 1

    def _lane(self, lane: Sequence[Held]) -> list[tuple[Held, str]]:
        """A batch after the other; where order is kept, nothing of a key goes past an earlier one that did not."""
        ordered = self.request.order == "key"
        most = self.bounds.batch if self.pace.most is None else min(self.bounds.batch, self.pace.most)
        results: list[tuple[Held, str]] = []
        stuck = set()
        over = False
        for batch in batches(lane, most):
            going = [held for held in batch if not (ordered and key_of(held.dead) in stuck)]
            outcomes = self._send(going) if going and not over else {}
            over = over or (bool(going) and not outcomes)  # time is up for what comes behind, too: order is kept
            gone = {held.ticket for held in going}
            for held in batch:
                outcome = outcomes.get(held.dead.id, "untried") if held.ticket in gone else "held"
                results.append((held, outcome))
                key = key_of(held.dead)
                if outcome not in DONE and outcome != "untried" and key is not None:
                    stuck.add(key)
        return results

    def _send(self, going: Sequence[Held]) -> dict[str, str]:
        """Outcomes by id; none where time is up."""
        with self._pacing:
            wait_s = self.pace.wait_s(len(going), self.clocks.clock())
        if self.clocks.now() + wait_s * 1000 >= self.bounds.last_start:
            return {}
        if wait_s:
            self.clocks.sleep(wait_s)
        return dict(self.target.take(going))

    def _remove(self, outcome: str, messages: Sequence[Held]) -> None:
        if messages:
            self.tally.counts[outcome] += len(messages)
            self.tally.counts["undeleted"] += self.source.remove(messages)

    def _leave(self, outcome: str | None, messages: Sequence[Held]) -> None:
        if outcome is not None:
            self.tally.counts[outcome] += len(messages)
        for held in messages:
            self.tally.left(held)
        self.source.leave(messages)
