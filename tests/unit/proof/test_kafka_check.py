"""The checker of histories sees each kind of broken promise, and blames nothing that is explained."""

import json
from pathlib import Path

from tests.kafka.check import check
from tests.kafka.history import MADE_AGAIN, Acknowledged, Began, Deleted, Handled, History


def history(count: int = 6) -> History:
    """Return one in which everything is as it should be: two keys in one partition."""
    return History(
        acknowledged=[Acknowledged(f"e{number}", "t-0", number) for number in range(count)],
        handled=[handled(number, 100 + number) for number in range(count)],
        began=[Began("t-0", 1, "first", "assigned")],
    )


def handled(number: int, at_ms: float) -> Handled:
    return Handled(f"e{number}", "t-0", number, f"k{number % 2}", number, "first", at_ms)


def test_a_history_without_a_fault_is_sound() -> None:
    """What was acknowledged was handled once, in order."""
    found = check(history())
    assert found.sound
    assert (found.acknowledged, found.handled, found.duplicated, found.excused) == (6, 6, 0, 0)


def test_an_acknowledged_record_that_was_never_handled_is_lost() -> None:
    """Its id and place are told."""
    told = history()
    del told.handled[2]
    found = check(told)
    assert not found.sound
    assert found.lost == ("e2 at t-0, offset 2",)


def test_what_kafka_deleted_as_it_was_told_to_is_excused() -> None:
    """Below an offset, or at some offsets; not at its end, and not in another topic of the same name."""
    told = history()
    told.handled.clear()
    told.deleted += [Deleted("t-0", below=2), Deleted("t-0", offsets=frozenset({4}))]
    found = check(told)
    assert [each.split()[0] for each in found.lost] == ["e2", "e3", "e5"]
    assert found.excused == 3
    told.deleted = [Deleted("t-0", below=9, log=2), Deleted("t-1", below=9)]
    assert len(check(told).lost) == 6


def test_a_copy_is_explained_by_a_topic_that_was_begun_anew_in_between() -> None:
    """In its partition, with its first record, after the time before; an assignment explains none: the ledger knows."""
    told = history()
    told.handled += [handled(3, 149), handled(0, 150), handled(3, 300)]
    told.began += [
        Began("t-0", 120, "second", "assigned"),
        Began("t-1", 120, "second", MADE_AGAIN),
        Began("t-0", 400, "second", MADE_AGAIN),
        Began("t-0", 50, "second", MADE_AGAIN),
    ]
    assert sorted(each.split()[0] for each in check(told).unexplained) == ["e0", "e3", "e3"]
    told.began.append(Began("t-0", 120, "second", MADE_AGAIN))
    assert check(told).unexplained == ("e3 at t-0, offset 3",)  # at 149: it began at 150
    del told.handled[-3]
    found = check(told)
    assert found.sound
    assert found.duplicated == 2
    told.handled.append(handled(3, 301))
    assert len(check(told).unexplained) == 1


def test_a_record_after_a_later_one_of_its_key_is_out_of_order() -> None:
    """Another key's do not count, nor does a copy that comes late."""
    told = history()
    told.handled[0], told.handled[2] = handled(0, 102.5), handled(2, 100)
    assert check(told).reordered == ("e0 of key k0, number 0 after 2",)
    told = history()
    told.handled[0], told.handled[1] = handled(0, 101.5), handled(1, 100)
    assert check(told).reordered == ()
    told = history()
    told.handled.append(handled(0, 300))
    assert check(told).reordered == ()


def test_order_ends_where_a_key_moves_or_its_topic_is_made_again() -> None:
    """Numbers may begin again in another partition, and in another topic of the same name."""
    told = history(2)
    told.handled += [Handled("e9", "t-1", 0, "k1", 0, "first", 200), Handled("e8", "t-0", 0, "k1", 0, "first", 201)]
    told.acknowledged += [Acknowledged("e9", "t-1", 0), Acknowledged("e8", "t-0", 0, log=2)]
    assert check(told).sound


def test_the_order_of_a_topic_made_again_begins_with_its_first_record_once_that_was_seen() -> None:
    """Until then its consumer may be in the middle; in the first topic, and afterwards, nothing is excused."""
    told = history(0)
    told.acknowledged = [Acknowledged(f"e{number}", "t-0", number, log=2) for number in (0, 2, 4)]
    told.handled = [handled(2, 100), handled(4, 200.5), handled(0, 201), handled(2, 202), handled(4, 203)]
    told.began += [Began("t-0", at, "first", "assigned") for at in (1, 2)]
    told.began.append(Began("t-0", 200, "first", "went back"))
    assert len(check(told).reordered) == 1
    told.began.append(Began("t-0", 200, "first", MADE_AGAIN))
    assert check(told).sound
    told.handled[3:] = [handled(4, 202), handled(2, 203)]
    assert len(check(told).reordered) == 1
    told.began.append(Began("t-0", 300, "second", MADE_AGAIN))
    assert len(check(told).reordered) == 1
    told.handled += [handled(0, 301), handled(2, 302), handled(4, 303)]
    assert check(told).reordered == ()
    told.acknowledged = [each._replace(log=1) for each in told.acknowledged]
    assert len(check(told).reordered) == 1


def test_a_record_that_was_never_acknowledged_is_foreign() -> None:
    """One of an aborted transaction must not reach the function."""
    told = history()
    del told.acknowledged[1]
    found = check(told)
    assert not found.sound
    assert found.foreign == ("e1 at t-0, offset 1",)


def test_a_history_is_written_as_lines(tmp_path: Path) -> None:
    """Each fact is one line of JSON that says what it is."""
    told = history(1)
    told.deleted.append(Deleted("t-0", offsets=frozenset({2, 1})))
    told.write(tmp_path / "history.jsonl")
    facts = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [each["fact"] for each in facts] == ["acknowledged", "began", "deleted", "handled"]
    assert facts[2]["offsets"] == [1, 2]
