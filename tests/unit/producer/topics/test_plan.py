"""The topic plan: whatever is there, nothing shrinks, nothing is deleted, and doing it twice changes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from producer.topics.file import Topic
from producer.topics.plan import Configure, Create, Existing, Grow, Leave, plan

_names = st.sampled_from(["a", "b", "c"])
_topics = st.builds(
    Topic,
    partitions=st.integers(1, 9),
    retention_hours=st.none() | st.sampled_from([0.5, 24.0]),
    min_insync_replicas=st.none() | st.integers(1, 3),
)
_options = st.dictionaries(st.sampled_from(["retention.ms", "min.insync.replicas"]), st.sampled_from(["1", "86400000"]))
_existing = st.dictionaries(_names, st.builds(Existing, st.integers(1, 9), _options))


def _after(wanted: dict[str, Topic], existing: dict[str, Existing]) -> dict[str, Existing]:
    after = dict(existing)
    for change in plan(wanted, existing):
        match change:
            case Create(name, partitions, _, options):
                assert name not in existing
                after[name] = Existing(partitions, options)
            case Grow(name, have, want):
                assert have == existing[name].partitions < want
                after[name] = after[name]._replace(partitions=want)
            case Configure(name, _, want):
                after[name] = after[name]._replace(options={**after[name].options, **want})
    return after


@given(st.dictionaries(_names, _topics), _existing)
def test_once_applied_there_is_nothing_more_to_do(wanted: dict[str, Topic], existing: dict[str, Existing]) -> None:
    """What remains are differences that are never acted on; no topic is gone or smaller."""
    after = _after(wanted, existing)
    assert all(isinstance(change, Leave) for change in plan(wanted, after))
    assert all(after[name].partitions >= there.partitions for name, there in existing.items())
    assert all(after[name].partitions >= topic.partitions for name, topic in wanted.items())


def test_growing_warns_that_keys_move() -> None:
    """Whoever reads the plan knows what it costs."""
    (change,) = plan({"a": Topic.model_validate({"partitions": 12})}, {"a": Existing(4, {})})
    assert "from 4 to 12" in str(change)
    assert "keys move" in str(change)


def test_what_is_not_given_is_left() -> None:
    """No retention in the file means the cluster's own, and no change."""
    assert plan({"a": Topic.model_validate({"partitions": 1})}, {"a": Existing(1, {"retention.ms": "5"})}) == []
