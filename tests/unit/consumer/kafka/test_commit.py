"""One commit is under way at a time, and a failed one is retried."""

from consumer.kafka.commit import Commits


def test_one_commit_under_way_and_only_what_changed() -> None:
    """Nothing is sent twice, nor beside a commit that is not answered yet."""
    commits = Commits()
    assert commits.due({"t-0": 5, "t-1": 1}, 0) == {"t-0": 5, "t-1": 1}
    commits.sent({"t-0": 5, "t-1": 1})
    assert commits.due({"t-0": 6}, 0) == {}
    commits.answered(frozenset(), 0)
    assert commits.due({"t-0": 6, "t-1": 1}, 0) == {"t-0": 6}


def test_a_failed_commit_is_due_again_a_little_later() -> None:
    """A group that rebalances costs time, not the commit."""
    commits = Commits(retry_s=1)
    commits.sent({"t-0": 5, "t-1": 5})
    commits.answered(frozenset({"t-0"}), now=10)
    assert commits.due({"t-0": 5, "t-1": 5}, 10.9) == {}
    assert commits.due({"t-0": 5, "t-1": 5}, 11) == {"t-0": 5}


def test_a_forgotten_partition_is_not_taken_for_committed() -> None:
    """The answer to a commit from before a revoke says nothing about the partition now."""
    commits = Commits()
    commits.sent({"t-0": 5})
    commits.forget("t-0")
    commits.answered(frozenset(), 0)
    assert commits.committed == {}


def test_a_position_that_went_back_is_committed() -> None:
    """A recreated topic's offsets start again below the old ones."""
    commits = Commits()
    commits.know("t-0", 1000)
    assert commits.due({"t-0": 3}, 0) == {"t-0": 3}


def test_total_counts_from_the_first_position() -> None:
    """Offsets committed since the start, the first batch's too."""
    commits = Commits()
    commits.due({"t-0": 100}, 0)
    commits.sent({"t-0": 150})
    commits.answered(frozenset(), 0)
    commits.know("t-0", 160)
    assert commits.total == 60
