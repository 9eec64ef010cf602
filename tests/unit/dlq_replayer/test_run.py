"""A run does what the request asks to the letters that it means, and to nothing else."""

from collections.abc import Sequence
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.observe.histogram import Histogram
from dlq_replayer.observe.run_report import RunReport
from dlq_replayer.rate import LetterRate
from dlq_replayer.run import Run, Scope, StopReason
from dlq_replayer.sender import Capacity, LetterSender
from dlq_replayer.sources.source import SourceError
from tests.support.replayer import NOW, FakeTarget, FakeTime, ListSource, letter, pool, received, request

OUTCOMES = ("dispatched", "duplicate", "dead", "failed", "busy")


class KeptParking:
    """A parking that keeps what it is given, or refuses it."""

    def __init__(self, takes: bool = True) -> None:
        self.kept: list[tuple[ReceivedLetter, str]] = []
        self._takes = takes

    def park(self, messages: Sequence[ReceivedLetter], why: str) -> list[bool]:
        """See Parking."""
        if self._takes:
            self.kept += [(each, why) for each in messages]
        return [self._takes] * len(messages)


def run(
    letters: Any, target: Any = None, parked_at: Any = None, time: FakeTime | None = None, /, **asked: Any
) -> tuple[Run, StopReason]:
    """Run to the end; return the run and why it stopped."""
    now = time or FakeTime()
    batch, budget, last = (asked.pop(name, default) for name, default in (("batch", 10), ("budget", None), ("s", 600)))
    wanted = request(**asked)
    parking: Any = parked_at or KeptParking()
    sender = LetterSender(
        target or FakeTarget(),
        pool(),
        Capacity(50, batch, 2),
        LetterRate(wanted.rate_per_s, now.ms / 1000),
        now.clocks,
        ordered=wanted.order == "key",
        last_start=NOW + int(last * 1000),
    )
    made = Run(
        wanted,
        letters,
        parking,
        sender,
        Scope(NOW, wanted.max_messages if budget is None else budget),
        RunReport(Histogram(3, bodies=False), {}),
        window=50,
        clocks=now.clocks,
    )
    return made, made.go()


def test_a_target_gets_no_more_calls_at_a_time_than_it_takes() -> None:
    """A target for one worker gets all letters in their order, though two were allowed."""
    target = FakeTarget()
    target.workers = 1
    run(ListSource([received(letter(offset, key=b"%d" % offset)) for offset in range(40)]), target)
    assert target.taken == [letter(offset).id for offset in range(40)]


@pytest.mark.robustness("sources and targets that fail on the way")
@given(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.sampled_from([b"a", b"b", None])), max_size=40), st.data())
def test_a_letter_leaves_its_source_only_when_its_target_took_it(
    letters: list[tuple[str, bytes | None]], data: st.DataObject
) -> None:
    """Whatever the target answers, every message is removed or left, and removed only where the target took it."""
    says = {letter(offset).id: outcome for offset, (outcome, _) in enumerate(letters)}
    messages = [received(letter(offset, key=key)) for offset, (_, key) in enumerate(letters)]
    source = ListSource(data.draw(st.permutations(messages)))
    target = FakeTarget(lambda dead: says[dead.id])
    made, _ = run(source, target, batch=3)
    assert source.closed
    assert sorted(each.dead.id for each in source.removed + source.left + source.waiting) == sorted(says)
    assert all(says[each.dead.id] in ("dispatched", "duplicate", "dead") for each in source.removed)
    assert {each.dead.id for each in source.removed} <= set(target.taken)
    counts = made.report.counts.by_outcome
    assert counts["replayed"] + counts["duplicate"] + counts["died_again"] == len(source.removed)


def test_nothing_of_a_key_goes_past_an_earlier_one_that_failed() -> None:
    """Letters of a key behind a failed one are held, in later batches too, and other keys continue."""
    messages = [received(letter(offset, key=b"a" if offset % 2 else b"b")) for offset in range(12)]
    target = FakeTarget(lambda dead: "failed" if dead.offset == 3 else "dispatched")
    source = ListSource(messages)
    made, stopped = run(source, target, batch=1)
    assert stopped == StopReason.FINISHED
    assert [each.dead.offset for each in source.left] == [3, 5, 7, 9, 11]
    assert made.report.counts.by_outcome["held"] == 4


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_letter_twice_in_the_queue_is_sent_once() -> None:
    """The copies of a letter are removed with it, as duplicates."""
    source, target = ListSource([received(letter(1), place="a"), received(letter(1), place="b")]), FakeTarget()
    made, _ = run(source, target)
    assert target.taken == [letter(1).id]
    assert len(source.removed) == 2
    assert (made.report.counts.by_outcome["replayed"], made.report.counts.by_outcome["duplicate"]) == (1, 1)


@pytest.mark.parametrize("action", ["inspect", "replay", "park", "purge"])
def test_looking_touches_nothing(action: str) -> None:
    """An inspect and every dry run leave all messages where they are."""
    messages = [received(letter(1)), received("foreign"), received(letter(2, replay_count=99))]
    source, target, parked_at = ListSource(messages), FakeTarget(), KeptParking()
    run(source, target, parked_at, action=action, dry_run=action != "inspect")
    assert sorted(map(id, source.left)) == sorted(map(id, messages))
    assert not (source.removed or target.calls or parked_at.kept)


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize("action", ["replay", "park"])
def test_what_is_foreign_is_parked_out_of_the_dlq_only(action: str) -> None:
    """A foreign message is reported, parked only out of the DLQ, and left by a purge."""
    for source_name, parked in (("dlq", 1), ("s3://bucket/x", 0)):
        source, parked_at = ListSource([received("foreign")]), KeptParking()
        made, _ = run(source, None, parked_at, action=action, source=source_name)
        assert len(parked_at.kept) == len(source.removed) == parked
        assert made.report.foreign == [{"place": "foreign", "flaw": "foreign"}]
    source = ListSource([received("foreign"), received(letter(1))])
    made, _ = run(source, action="purge", confirm="x")
    assert [each.text for each in source.left] == ["foreign"]
    assert [each.dead.offset for each in source.removed] == [1] and made.report.counts.by_outcome["purged"] == 1


@pytest.mark.robustness("sources and targets that fail on the way")
def test_what_only_cannot_be_read_now_stays() -> None:
    """A large letter that S3 does not give now is left, and is not foreign."""
    unread = received("pointer")
    unread.unread = True
    source, parked_at = ListSource([unread]), KeptParking()
    made, _ = run(source, None, parked_at)
    assert source.left == [unread]
    assert parked_at.kept == []
    assert made.report.problem == "foreign"


@pytest.mark.robustness("sources and targets that fail on the way")
def test_what_parking_does_not_take_stays() -> None:
    """A message is deleted from its source only when parking has it."""
    source = ListSource([received(letter(1)), received("foreign")])
    made, _ = run(source, None, KeptParking(takes=False), action="park")
    assert source.removed == []
    assert made.report.counts.by_outcome["failed"] == 2


def test_a_letter_that_was_replayed_often_enough_is_parked() -> None:
    """A letter with the maximum of replays is parked out of the DLQ, and stays in parking."""
    source, parked_at, target = (
        ListSource([received(letter(1, replay_count=2)), received(letter(2, replay_count=1))]),
        KeptParking(),
        FakeTarget(),
    )
    run(source, target, parked_at, max_replays=2)
    assert [each.dead.offset for each, _ in parked_at.kept] == [1]
    assert target.taken == [letter(2, replay_count=1).id]
    source = ListSource([received(letter(1, replay_count=2))])
    made, _ = run(source, target, source="parking", max_replays=2)
    assert made.report.counts.by_outcome["worn_out"] == len(source.left) == 1


def test_later_letters_are_the_next_run_s() -> None:
    """Letters that came after the run began are left, so that one which dies again is not replayed at once."""
    source, target = ListSource([received(letter(1), sent_at=NOW), received(letter(2), sent_at=NOW + 1)]), FakeTarget()
    made, stopped = run(source, target)
    assert (stopped, target.taken) == (StopReason.FINISHED, [letter(1).id])
    assert made.report.counts.by_outcome["later"] == 1


def test_no_more_than_asked_are_taken() -> None:
    """A run takes at most the letters that were asked for, and says that it stopped for this."""
    source, target = ListSource([received(letter(offset)) for offset in range(30)]), FakeTarget()
    made, stopped = run(source, target, max_messages=7)
    assert (stopped, len(target.taken), made.scope.budget) == (StopReason.MAX_MESSAGES, 7, 0)
    others = [each.dead.offset for each in (*source.left, *source.waiting)]
    assert others == list(range(7, 30)), "what was read beside them can be read again at once"


@pytest.mark.robustness("sources and targets that fail on the way")
def test_it_stops_in_time() -> None:
    """No call starts after the last start, and the letters that were not tried are left and counted."""
    time = FakeTime()
    source = ListSource([received(letter(offset, key=None)) for offset in range(100)])
    made, stopped = run(source, FakeTarget(), None, time, rate_per_s=10, s=4)
    assert stopped == StopReason.TIME
    assert 10 <= made.report.counts.by_outcome["replayed"] < 50
    counts = made.report.counts.by_outcome
    assert counts["untried"] + counts["replayed"] + len(source.waiting) == 100
    assert counts["matched"] == counts["replayed"], "what was not tried is the next run's"
    assert source.closed


def test_what_was_not_tried_is_not_taken_from_what_was_asked_for() -> None:
    """A continuation may still take it."""
    source = ListSource([received(letter(offset, key=None)) for offset in range(100)])
    made, stopped = run(source, FakeTarget(), None, FakeTime(), rate_per_s=10, s=4, max_messages=60)
    assert stopped == StopReason.TIME
    assert made.scope.budget == 60 - made.report.counts.by_outcome["replayed"]


def test_with_no_time_left_nothing_is_read() -> None:
    """From the last start on nothing begins."""
    source = ListSource([received(letter(1))])
    _, stopped = run(source, s=0)
    assert (stopped, source.asked) == (StopReason.TIME, [])


@pytest.mark.parametrize(
    ("asked", "reads"),
    [
        ({}, 50),
        ({"rate_per_s": 0.1}, 30),
        ({"rate_per_s": 1.6}, 30),
        ({"rate_per_s": 2}, 50),
        ({"action": "park", "rate_per_s": 0.1}, 50),
        ({"max_messages": 20}, 20),
        ({"max_messages": 2}, 10),
        ({"max_messages": 70}, 50),
    ],
)
def test_no_more_is_read_than_is_handled_soon(asked: dict[str, Any], reads: int) -> None:
    """A window is as large as memory allows, half a minute's worth at the rate, or what is still asked for; with few
    wanted some more are looked at, as most may not match."""
    source = ListSource([received(letter(1))])
    run(source, **asked)
    assert source.asked[0] == reads


class Numbered(ListSource):
    """A source that says how far it was read, and remembers nothing else."""

    @property
    def after(self) -> str:  # type: ignore[override]  # it goes on by itself
        """The offset of the last message that was read."""
        return str(self._read)

    def __init__(self, messages: Sequence[ReceivedLetter]) -> None:
        super().__init__(messages)
        self._read = 0

    def read(self, most: int, until: float = inf) -> list[ReceivedLetter]:
        page = super().read(most)
        self._read += len(page)
        return page


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_continuation_reads_on_behind_the_last_whole_window() -> None:
    """A window of which something was left for the next run is read again."""
    messages = [received(letter(offset, key=None)) for offset in range(120)]
    whole, _ = run(Numbered(messages))
    assert whole.after == "120"
    even, _ = run(Numbered(messages), max_messages=50)
    assert even.after == "50"
    cut, stopped = run(Numbered(messages), max_messages=57)
    assert (stopped, cut.after) == (StopReason.MAX_MESSAGES, "50")
    late, stopped = run(Numbered(messages), None, None, FakeTime(), rate_per_s=5, s=12)
    assert (stopped, late.after) == (StopReason.TIME, "50")


def test_what_a_run_meant_is_counted() -> None:
    """Examined are all, matched are those that the filter means, and an inspect has each of them in its histogram."""
    letters = [received(letter(offset, 300 + offset % 2)) for offset in range(6)]
    made, _ = run(ListSource(letters), action="inspect", filter={"codigo": 300})
    counts = made.report.counts.by_outcome
    assert (counts["examined"], counts["matched"], counts["unmatched"]) == (6, 3, 3)
    assert made.report.histogram.to_fields()["histogram"]["codigo"] == {"300": 3}
    dry, _ = run(ListSource(letters), dry_run=True, filter={"codigo": 300})
    assert dry.report.counts.by_outcome["would"] == 3


@pytest.mark.robustness("sources and targets that fail on the way")
def test_only_windows_in_a_row_of_which_nothing_was_taken_end_a_run() -> None:
    """One that the target took something of begins the count anew; letters that others have count neither way."""
    for verdicts, reads in (("fdfdff", 6), ("fbff", 3), ("bbbb", 5), ("fbf", 3)):
        said = {"f": "failed", "d": "dispatched", "b": "busy"}
        source = ListSource([received(letter(offset, key=None)) for offset in range(50 * len(verdicts))])
        target = FakeTarget(lambda dead, v=verdicts, s=said: s[v[dead.offset // 50]])  # type: ignore[misc]  # bound now
        _, stopped = run(source, target)
        assert stopped == (StopReason.FINISHED if verdicts == "bbbb" else StopReason.TARGET_FAILING)
        assert len(source.asked) == reads


def test_records_without_a_key_hold_nobody_back() -> None:
    """A letter that fails and has no key leaves the others without one as they are."""
    target = FakeTarget(lambda dead: "failed" if dead.offset == 0 else "dispatched")
    source = ListSource([received(letter(offset, key=None)) for offset in range(8)])
    run(source, target, batch=1)
    assert [each.dead.offset for each in source.left] == [0]


@pytest.mark.robustness("sources and targets that fail on the way")
def test_without_order_nothing_is_held_behind_a_failure() -> None:
    """Where order was not asked for, each letter is tried."""
    target = FakeTarget(lambda dead: "failed" if dead.offset == 0 else "dispatched")
    source = ListSource([received(letter(offset)) for offset in range(8)])
    run(source, target, batch=1, order="none")
    assert [each.dead.offset for each in source.left] == [0]


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_target_that_takes_nothing_is_left_in_peace() -> None:
    """A run stops after two windows of which the target took nothing, and reads no more."""
    source = ListSource([received(letter(offset, key=None)) for offset in range(500)])
    made, stopped = run(source, FakeTarget(lambda dead: "failed"))
    assert stopped == StopReason.TARGET_FAILING
    assert "dispatcher" in made.report.problem
    assert len(source.waiting) == 400


class Failing(ListSource):
    """A source that fails when it has nothing more."""

    def read(self, most: int, until: float = inf) -> list[ReceivedLetter]:
        if not self.waiting:
            raise SourceError("gone")
        return super().read(most)


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_source_that_fails_on_the_way_ends_the_run() -> None:
    """A source that fails later ends the run with what was done; one that fails at once is the request's fault."""
    made, stopped = run(Failing([received(letter(1))]))
    assert (stopped, made.report.problem, made.report.counts.by_outcome["replayed"]) == (
        StopReason.SOURCE_FAILING,
        "gone",
        1,
    )
    source = Failing([])
    with pytest.raises(SourceError):
        run(source)
    assert source.closed


@pytest.mark.robustness("sources and targets that fail on the way")
def test_what_was_taken_but_not_deleted_is_counted() -> None:
    """A letter that was taken and could not be deleted is counted, since it will be read again."""
    made, _ = run(ListSource([received(letter(1)), received(letter(2))], stays=lambda each: each.dead.offset == 1))
    assert made.report.counts.by_outcome["undeleted"] == 1


def test_the_oldest_that_remains_is_told() -> None:
    """The answer tells the oldest message of those that are left."""
    source = ListSource([received(letter(1), sent_at=5), received(letter(2, 999), sent_at=9)])
    made, _ = run(source, filter={"codigo": 300})
    assert made.report.counts.oldest == 9
