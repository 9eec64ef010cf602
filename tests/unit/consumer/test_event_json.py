"""The event that is written in one pass is the event."""

from hypothesis import example, given
from hypothesis import strategies as st

from consumer.event import ConsumedRecord, EventSource, event, serialise
from consumer.event_json import event_json

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
RECORDS = st.builds(
    lambda topic, number, *rest: ConsumedRecord(f"{topic}-{number}", rest[0], rest[1], 0, topic, number, *rest[2:]),
    st.sampled_from(["mt-c400", 'quo"ted']),
    st.integers(0, 3),
    st.integers(0, 2**63 - 1),
    st.integers(-1, 2**53),
    st.sampled_from(["NO_TIMESTAMP_TYPE", "CREATE_TIME", "LOG_APPEND_TIME"]),
    st.none() | st.binary(max_size=8),
    st.none() | st.binary(max_size=30),
    st.lists(st.tuples(TEXT, st.none() | st.binary(max_size=8)), max_size=3),
)


@given(st.lists(RECORDS, max_size=5), st.sampled_from(["", "arn:aws:kafka:sa-east-1:123456789012:cluster/é/0-1"]))
@example(
    [ConsumedRecord("t-0", 1, 2, 3, "t", 0, "CREATE_TIME", b"", None, [("h", bytes(range(256))), ("h", None)])], ""
)
def test_both_ways_write_the_same_bytes(records: list[ConsumedRecord], arn: str) -> None:
    """Whatever Kafka has, a function elsewhere gets what a function in this process would."""
    source = EventSource('b"1:9092,b2:9092', arn)
    assert event_json(records, source) == serialise(event(records, source))
