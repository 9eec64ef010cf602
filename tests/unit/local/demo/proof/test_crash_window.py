"""Which records a crash may have sent twice."""

from typing import Any

from local.demo.proof.crash_window import windows


def test_only_invocations_without_an_end_and_crashed_ones_count() -> None:
    """One that began and ended is no excuse for a copy; one that was killed, or crashed on purpose, is."""
    journal: list[dict[str, Any]] = [
        {"id": "ended", "partitions": {"t-0": [0, 9]}},
        {"id": "ended", "failed": 0},
        {"id": "crashed", "partitions": {"t-0": [10, 19]}},
        {"id": "crashed", "failed": 10},
        {"id": "killed", "partitions": {"t-0": [20, 29], "t-1": [5, 6]}},
    ]
    assert windows([journal], {"crashed"}) == {"t-0": ((10, 19), (20, 29)), "t-1": ((5, 6),)}


def test_each_journal_is_read_by_itself() -> None:
    """The end of an invocation in one consumer's journal says nothing about another's."""
    begun = [{"id": "x", "partitions": {"t-0": [0, 1]}}]
    ended = [{"id": "x", "failed": 0}]
    assert windows([begun, ended], set()) == {"t-0": ((0, 1),)}
