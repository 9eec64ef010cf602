"""A call to Kafka and its end: every message has an answer by then, whatever the client does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.fault import FaultKind
from tests.support.aws_wire import entries, kinds
from tests.support.dispatcher import parcel
from tests.support.examples import examples
from tests.support.fake_producer import Answer, FakeProducer, SaidError, Time, kafka_topic

ANSWERS = st.none() | st.builds(
    Answer, st.floats(0, 8), st.none() | st.sampled_from(["NOT_LEADER_FOR_PARTITION", "INVALID_RECORD"]).map(SaidError)
)


@pytest.mark.robustness("calls that would outlast their time")
@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(ANSWERS, min_size=1, max_size=12),
    st.floats(0.1, 7),
    st.sampled_from([0.0, 0.01, 0.2]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_a_call_ends_in_its_time_with_an_answer_for_each(
    answers: list[Answer | None], timeout_s: float, produce_s: float, in_flight: bool, hangs: bool, fatal: bool
) -> None:
    """Success is only what Kafka acknowledged within the call; the rest is unknown, unsent or refused, never lost."""
    time = Time()
    client = FakeProducer(
        time,
        lambda value: answers[int(value or b"")],
        in_flight=in_flight,
        hangs=hangs,
        fatal=fatal,
        produce_s=produce_s,
    )
    where = kafka_topic(lambda _: client, time)
    began = time.at
    load = entries(where, *([parcel(n, value=b"%d" % n)] for n in range(len(answers))))
    faults = where.send(load, timeout_s)
    assert time.at <= began + min(timeout_s, 5.0) + produce_s + 1e-6
    assert len(faults) == len(answers)
    sent = [int(value or b"") for _, value, *_ in client.produced]
    assert sent == list(range(len(sent))), "each once, and in order"
    for place, (answer, fault) in enumerate(zip(answers, faults, strict=True)):
        if fault is None:
            assert answer is not None and answer.error is None and place < len(sent)
        elif place >= len(sent):
            assert fault.kind is FaultKind.HELD
        else:
            refused = answer is not None and answer.error is not None and answer.error.code == "INVALID_RECORD"
            assert fault.kind is FaultKind.TRANSIENT or (refused and fault.kind is FaultKind.PERMANENT)
    if fatal:
        assert None not in faults


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
@pytest.mark.parametrize(
    ("in_flight", "hangs", "said"), [(True, False, "may have been"), (False, False, "not be sent"), (True, True, "may")]
)
def test_the_end_of_a_call_says_what_is_known(in_flight: bool, hangs: bool, said: str) -> None:
    """What had left may have been written; what had not is told from it; a client that says nothing proves nothing."""
    time = Time()
    client = FakeProducer(time, lambda _: None, in_flight=in_flight, hangs=hangs)
    where = kafka_topic(lambda _: client, time)
    began = time.at
    (fault,) = where.send(entries(where, [parcel(1)]), 2.0)
    assert fault is not None and fault.kind is FaultKind.TRANSIENT and said in fault.error
    assert time.at == pytest.approx(began + 2.0, abs=0.2)
    assert client.purges[0] is False, "a purge that waits for the client's threads could outlast the call"


def test_what_is_reported_after_the_end_changes_nothing() -> None:
    """An answer that comes after the call is of no call any more."""
    time = Time()
    client = FakeProducer(time, lambda _: Answer(3.0), hangs=True)
    where = kafka_topic(lambda _: client, time)
    faults = where.send(entries(where, [parcel(1)]), 1.0)
    client.closed = False
    client.flush(10.0)
    assert kinds(faults) == [FaultKind.TRANSIENT]


def test_the_clients_reason_is_in_the_fault() -> None:
    """Whoever reads that nothing was sent reads why, until something is."""
    time = Time()
    made: list[FakeProducer] = []

    def make(config: object) -> FakeProducer:
        silent = not made
        made.append(FakeProducer(time, lambda _: None if silent else Answer(), config=config))  # type: ignore[arg-type] # it is a mapping
        return made[-1]

    where = kafka_topic(make, time)
    where.send(entries(where, [parcel(1)]), 1.0)
    time.at += 5  # it had its time to connect
    made[0].config["error_cb"](SaidError("_TRANSPORT"))
    (fault,) = where.send(entries(where, [parcel(1)]), 1.0)
    assert fault is not None and "Broker: _TRANSPORT" in fault.error
    where.send(entries(where, [parcel(1)]))
    made[-1].verdict = lambda _: None
    (fault,) = where.send(entries(where, [parcel(1)]), 1.0)
    assert fault is not None and "_TRANSPORT" not in fault.error
