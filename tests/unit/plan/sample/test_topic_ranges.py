"""The newest records of a topic are taken so that a hot partition stays as hot as it is."""

from hypothesis import given
from hypothesis import strategies as st

from plan.sample.topic import Range, newest

ENDS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20).map(
    lambda pairs: [Range(number, low, low + kept) for number, (low, kept) in enumerate(pairs)]
)


@given(ENDS, st.integers(1, 10**7))
def test_each_partition_gives_its_share(ends: list[Range], most: int) -> None:
    """No range leaves its partition, all end at its end, together about as many as asked."""
    found = newest(ends, most)
    kept = {each.partition: each for each in ends}
    total = sum(each.ends - each.begins for each in ends)
    assert all(kept[each.partition].begins <= each.begins < each.ends == kept[each.partition].ends for each in found)
    taken = sum(each.ends - each.begins for each in found)
    assert min(most, total) <= taken <= min(most + len(ends), total)
    for each in found:
        whole = kept[each.partition].ends - kept[each.partition].begins
        assert abs((each.ends - each.begins) - whole * min(1.0, most / total)) <= 1


def test_an_empty_topic_gives_nothing() -> None:
    """There is nothing to divide by."""
    assert newest([Range(0, 5, 5)], 10) == []
