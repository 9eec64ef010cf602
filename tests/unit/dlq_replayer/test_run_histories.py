"""Any history of a DLQ: letters that come, come twice and die again, runs that crash, and a target that loses answers.

Written from the promises (docs/guarantees.md, docs/how-to/replay.md): a letter leaves only after its target took it, or
parking; with order = key nothing goes past an earlier failed one; what was replayed often enough is parked, not sent.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.redispatch import DONE, RedispatchOutcome
from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.ordering import key_of
from tests.support.examples import examples
from tests.support.replayer import ListSource, letter, received
from tests.unit.dlq_replayer.test_run import KeptParking, run

MOST_REPLAYS = 2
DEATHS = st.tuples(st.sampled_from([b"a", b"b", None]), st.integers(0, MOST_REPLAYS))
"""A record's key, and how often it was replayed before."""
VERDICTS = st.dictionaries(
    st.integers(0, 8), st.sampled_from(["failed", "busy", "dead", "lost"]), max_size=5
)  # others are dispatched


class CrashError(Exception):
    """The replayer's process ends."""


class Sent(NamedTuple):
    """A letter that a run sent."""

    dead: DeadLetter
    call: int
    outcome: str

    @property
    def age(self) -> tuple[int, int]:
        """How old it is among the letters of its key."""
        return self.dead.offset, self.dead.replay_count


class Queue(ListSource):
    """A DLQ in one run: what the run removes is gone from it, but for what SQS does not delete."""

    def __init__(self, letters: dict[str, ReceivedLetter], order: Sequence[str], stays: set[str]) -> None:
        super().__init__([letters[place] for place in order])
        self._letters, self._stubborn = letters, stays

    def remove(self, messages: Sequence[ReceivedLetter]) -> int:
        gone = [each for each in messages if each.receipt.place not in self._stubborn]
        for each in gone:
            del self._letters[each.receipt.place]
        return len(messages) - len(gone)


class Replays(RuleBasedStateMachine):
    """A DLQ, parking, and a target that tells a letter again by its claim."""

    longest_ms, workers = 0, 1

    def __init__(self) -> None:
        super().__init__()
        self.letters: dict[str, ReceivedLetter] = {}
        self.parking = KeptParking()
        self.records = self.count = 0
        self.concluded: set[str] = set()
        """Letters whose claim is kept."""
        self.dispatched: list[int] = []
        self.verdicts: Mapping[int, str] = {}
        self.calls = self.calls_left = 0
        self.sent: list[Sent] = []

    def add(self, dead: DeadLetter) -> None:
        """Put a letter into the DLQ."""
        self.count += 1
        self.letters[f"m{self.count}"] = received(dead, place=f"m{self.count}")

    def take(self, letters: Sequence[ReceivedLetter]) -> dict[str, str]:
        """Take letters as the dispatcher does (see Target), or end the replayer's process after that."""
        said = {each.dead.id: self.outcome(each.dead) for each in letters}
        self.calls += 1
        self.sent += [Sent(each.dead, self.calls, said[each.dead.id]) for each in letters]
        self.calls_left -= 1
        if not self.calls_left:
            raise CrashError
        return said

    def outcome(self, dead: DeadLetter) -> str:
        """Say what becomes of a letter."""
        verdict = self.verdicts.get(dead.offset, RedispatchOutcome.DISPATCHED)
        if dead.id in self.concluded:
            return RedispatchOutcome.DUPLICATE
        if verdict in ("failed", "busy"):
            return verdict
        self.concluded.add(dead.id)
        if verdict == "dead":
            self.add(letter(dead.offset, key=dead.key, replay_count=dead.replay_count + 1))
            return verdict
        self.dispatched.append(dead.offset)
        return RedispatchOutcome.FAILED if verdict == "lost" else RedispatchOutcome.DISPATCHED

    @initialize(deaths=st.lists(DEATHS, min_size=3, max_size=9))
    def begin(self, deaths: list[tuple[bytes | None, int]]) -> None:
        """Begin with some letters."""
        self.die(deaths)

    @rule(deaths=st.lists(DEATHS, min_size=1, max_size=2))
    def die(self, deaths: list[tuple[bytes | None, int]]) -> None:
        """Let records die."""
        for key, replays in deaths:
            self.add(letter(self.records, key=key, replay_count=replays))
            self.records += 1

    @rule(data=st.data())
    def come_twice(self, data: Any) -> None:
        """Have SQS keep a copy of a letter, which a crash of the dispatcher can write too."""
        if self.letters:
            self.add(self.letters[data.draw(st.sampled_from(sorted(self.letters)))].dead)

    @rule(
        verdicts=VERDICTS,
        ordered=st.booleans(),
        budget=st.sampled_from([None, None, 1, 3]),
        batch=st.integers(1, 4),
        crash_after=st.sampled_from([0, 0, 0, 1, 2]),
        parks=st.booleans(),
        data=st.data(),
    )
    def replay(
        self,
        verdicts: dict[int, str],
        ordered: bool,
        budget: int | None,
        batch: int,
        crash_after: int,
        parks: bool,
        data: Any,
    ) -> None:
        """Replay what is there, in the order in which the queue gives it."""
        self.verdicts, self.calls_left, self.sent = verdicts, crash_after, []
        self.parking._takes = parks
        places = data.draw(st.permutations(sorted(self.letters)))
        stays = data.draw(st.sets(st.sampled_from(places), max_size=2)) if places else set()
        source = Queue(self.letters, places, stays)
        order = "key" if ordered else "none"
        with suppress(CrashError):
            run(source, self, self.parking, batch=batch, max_messages=budget, order=order, max_replays=MOST_REPLAYS)
        assert source.closed
        assert budget is None or len(self.sent) <= budget
        assert all(each.dead.replay_count < MOST_REPLAYS for each in self.sent), "one was replayed too often"
        if ordered:
            self.check_order()

    def check_order(self) -> None:
        """Check what one run sent of each key, which was all in one window."""
        for key in {key_of(each.dead) for each in self.sent} - {None}:
            of_key = [each for each in self.sent if key_of(each.dead) == key]
            assert [each.age for each in of_key] == sorted(each.age for each in of_key), "the older letter goes first"
            failed = min((each.call for each in of_key if each.outcome not in DONE), default=self.calls)
            assert all(each.call <= failed for each in of_key), "nothing goes past a letter that failed"

    @invariant()
    def nothing_is_lost(self) -> None:
        """Check that each record was dispatched, or has a letter in the DLQ or in parking."""
        there = {each.dead.offset for each in self.letters.values()}
        parked = {each.dead.offset for each, _ in self.parking.kept}
        assert set(range(self.records)) == there | parked | set(self.dispatched)
        assert len(self.dispatched) == len(set(self.dispatched)), "a record was dispatched twice"

    def teardown(self) -> None:
        """Once all is well, a run leaves nothing in the DLQ: what it may not send is parked."""
        self.verdicts, self.calls_left, self.parking._takes = {}, 0, True
        run(Queue(self.letters, sorted(self.letters), set()), self, self.parking, max_replays=MOST_REPLAYS)
        assert not self.letters


@pytest.mark.robustness("sources and targets that fail on the way")
def test_whatever_happens_each_record_is_dispatched_or_has_its_letter() -> None:
    """Over any number of runs, of which some crash, and whatever the target, parking and SQS do."""
    run_state_machine_as_test(
        Replays, settings=settings(max_examples=examples(100), stateful_step_count=8, deadline=None)
    )
