"""Takes letters to their target: several workers side by side, in order and at the rate that was asked for."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import NamedTuple

from comboio.clocks import Clocks
from comboio.contract.redispatch import DONE, RedispatchOutcome
from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.ordering import batches, key_of, shares
from dlq_replayer.rate import LetterRate
from dlq_replayer.targets.target import Target

HELD, UNTRIED = "held", "untried"
"""Outcomes that are no target's: not sent behind a failed letter of its key, and not sent for want of time."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much a run does at a time."""

    window: int
    """Letters in memory."""
    batch: int
    """Maximum letters in one call of the target."""
    workers: int
    """Calls of the target at the same time."""


class Sent(NamedTuple):
    """A letter and what became of it: a RedispatchOutcome, HELD or UNTRIED."""

    received: ReceivedLetter
    outcome: str


class LetterSender:
    """Sends letters until time is up: no call begins after `last_start` (epoch ms)."""

    def __init__(
        self,
        target: Target,
        pool: Executor,
        capacity: Capacity,
        rate: LetterRate,
        clocks: Clocks,
        *,
        ordered: bool,
        last_start: int,
    ) -> None:
        self.last_start = last_start
        self._target = target
        self._pool = pool
        self._workload = capacity
        self._rate = rate
        self._clocks = clocks
        self._ordered = ordered

    def send(self, letters: Sequence[ReceivedLetter]) -> list[Sent]:
        """Send each letter once; a copy of a letter has the outcome of the one that was sent, as a duplicate."""
        copies: dict[str, list[ReceivedLetter]] = {}
        for received in letters:
            copies.setdefault(received.dead.id, []).append(received)
        first = [received for received, *_ in copies.values()]
        workers = min(self._workload.workers, self._target.workers)
        working = [self._pool.submit(self._work, share) for share in shares(first, workers, ordered=self._ordered)]
        results: list[Sent] = []
        for worker in working:
            for sent in worker.result():
                results.append(sent)
                again = RedispatchOutcome.DUPLICATE if sent.outcome in DONE else sent.outcome
                results += [Sent(copy, again) for copy in copies[sent.received.dead.id][1:]]
        return results

    def _work(self, share: Sequence[ReceivedLetter]) -> list[Sent]:
        """Send one batch after the other; where order is kept, no letter goes past a failed one of its key."""
        together = self._rate.max_together
        most = self._workload.batch if together is None else min(self._workload.batch, together)
        results: list[Sent] = []
        blocked = set()
        time_is_up = False
        for batch in batches(share, most):
            going = [each for each in batch if not (self._ordered and key_of(each.dead) in blocked)]
            outcomes = self._call(going) if going and not time_is_up else {}
            time_is_up = time_is_up or (bool(going) and not outcomes)  # for the batches behind it too: order is kept
            sent = {received.receipt for received in going}
            for received in batch:
                outcome = outcomes.get(received.dead.id, UNTRIED) if received.receipt in sent else HELD
                results.append(Sent(received, outcome))
                key = key_of(received.dead)
                if outcome not in DONE and outcome != UNTRIED and key is not None:
                    blocked.add(key)
        return results

    def _call(self, going: Sequence[ReceivedLetter]) -> dict[str, str]:
        """Return the outcomes by id, or none if time is up."""
        wait_s = self._rate.wait_s(len(going), self._clocks.clock())
        if self._clocks.now() + wait_s * 1000 >= self.last_start:
            return {}
        if wait_s:
            self._clocks.sleep(wait_s)
        return dict(self._target.take(going))
