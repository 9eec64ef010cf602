"""Letters reach their target in order, at the rate, in time, and each of them once."""

from collections.abc import Sequence

import pytest

from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.rate import LetterRate
from dlq_replayer.sender import Capacity, LetterSender, Sent
from tests.support.replayer import NOW, FakeTarget, FakeTime, letter, pool, received


def sender(
    target: FakeTarget,
    time: FakeTime,
    per_s: float | None = None,
    *,
    batch: int = 10,
    workers: int = 1,
    ordered: bool = True,
    s: float = 600.0,
) -> LetterSender:
    """Return a sender that may begin calls for so many seconds."""
    rate = LetterRate(per_s, time.ms / 1000)
    last = NOW + int(s * 1000)
    return LetterSender(
        target, pool(), Capacity(50, batch, workers), rate, time.clocks, ordered=ordered, last_start=last
    )


def some(number: int, key: bytes | None = b"k") -> list[ReceivedLetter]:
    """Return letters of one key."""
    return [received(letter(offset, key=key)) for offset in range(number)]


def outcomes(found: Sequence[Sent]) -> dict[int, str]:
    """Return what became of each offset."""
    return {each.dead.offset: outcome for each, outcome in found}


def test_a_call_has_no_more_letters_than_may_go_together() -> None:
    """As many as a batch, or a second's worth of the rate where that is less."""
    for per_s, sizes in ((None, [4, 4, 2]), (3.0, [3, 3, 3, 1]), (8.0, [4, 4, 2])):
        target = FakeTarget()
        sender(target, FakeTime(), per_s, batch=4).send(some(10))
        assert [len(call) for call in target.calls] == sizes


def test_the_rate_is_waited_for_and_nothing_else() -> None:
    """A second's worth goes at once; each further call waits for its tokens."""
    time, unhurried = FakeTime(), FakeTime()
    sender(FakeTarget(), time, 2.0).send(some(6))
    assert time.slept == [1.0, 1.0]
    sender(FakeTarget(), unhurried).send(some(6))
    assert unhurried.slept == []


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(("s", "goes"), [(0.0, 0), (1.0, 2), (1.0015, 4), (2.0015, 6)])
def test_no_call_begins_when_time_is_up(s: float, goes: int) -> None:
    """The wait for the rate counts; what was not tried says so."""
    target = FakeTarget()
    found = outcomes(sender(target, FakeTime(), 2.0, s=s).send(some(6)))
    assert len(target.taken) == goes
    assert [found[offset] for offset in range(6)] == ["dispatched"] * goes + ["untried"] * (6 - goes)


@pytest.mark.robustness("sources and targets that fail on the way")
def test_only_a_letter_of_the_key_waits_behind_one_that_failed() -> None:
    """In later calls too: what has another key, topic or none goes on, and what was not tried blocks nobody."""
    target = FakeTarget(lambda dead: "failed" if dead.offset == 0 else "dispatched")
    letters = [
        received(letter(0)),
        received(letter(1)),
        received(letter(2, key=b"other")),
        received(letter(3, topic="u")),
        received(letter(4, key=None)),
        received(letter(5)),
    ]
    found = outcomes(sender(target, FakeTime(), batch=1).send(letters))
    assert all(target.calls), "no call goes without a letter"
    assert found == {0: "failed", 1: "held", 2: "dispatched", 3: "dispatched", 4: "dispatched", 5: "held"}


@pytest.mark.parametrize("outcome", ["dispatched", "duplicate", "dead"])
def test_nothing_waits_behind_a_letter_that_is_done(outcome: str) -> None:
    """It is dispatched, was before, or has a new letter."""
    target = FakeTarget(lambda dead: outcome if dead.offset == 0 else "dispatched")
    assert outcomes(sender(target, FakeTime(), batch=1).send(some(2))) == {0: outcome, 1: "dispatched"}


@pytest.mark.parametrize(("outcome", "copies"), [("dispatched", "duplicate"), ("failed", "failed"), ("busy", "busy")])
def test_copies_of_a_letter_share_its_outcome(outcome: str, copies: str) -> None:
    """One of them is sent; the others are duplicates of it, or wait as it does."""
    target = FakeTarget(lambda dead: outcome)
    letters = [received(letter(1), place=place) for place in "abc"]
    found = sender(target, FakeTime()).send(letters)
    assert target.taken == [letter(1).id]
    assert [(each.receipt.place, what) for each, what in found] == [("a", outcome), ("b", copies), ("c", copies)]


def test_no_more_calls_are_made_at_a_time_than_the_target_and_the_run_take() -> None:
    """The smaller of both bounds counts."""
    for of_run, of_target, shares in ((1, 64, 1), (3, 64, 3), (3, 2, 2)):
        target = FakeTarget()
        target.workers = of_target
        sender(target, FakeTime(), batch=50, workers=of_run, ordered=False).send(some(12))
        assert len(target.calls) == shares
