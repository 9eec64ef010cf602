"""A topic as a destination through an outage: diverted, held, drained in order, and no record lost.

Each call that gets no answer takes its time, so that a history takes some seconds; most of them are waiting.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka.admin import AdminClient

from dispatcher.fault import FaultKind
from local.kafka import Kafka
from tests.integration.destinations.kafka_world import CALL_S, KafkaWorld
from tests.integration.destinations.test_kafka import destination, load_of, named, read_back
from tests.integration.producer.broker import Broker, mock_broker
from tests.support.aws_wire import entries, kinds

TOPIC = "mirror"
LARGE = "x" * 3_000
"""More than the table says that the topic takes."""


@pytest.fixture
def broker() -> Iterator[Broker]:
    """Give a broker that can be told to misbehave."""
    with mock_broker({TOPIC: 3}) as running:
        yield running


Trouble = tuple[Callable[[Broker], None], Callable[[Broker], None]]
"""What begins it, and what ends it."""

TROUBLES: dict[str, Trouble] = {
    "gone": (lambda broker: broker.tell("down"), lambda broker: broker.tell("up")),
    "accepts and never answers": (Broker.freeze, Broker.thaw),
    "answers after the call's end": (
        lambda broker: broker.tell(f"rtt {CALL_S * 3000:.0f}"),
        lambda broker: broker.tell("rtt 0"),
    ),
    "the topic vanished": (lambda broker: broker.tell("fail 3 1000"), lambda broker: broker.tell("mend")),
    "too few replicas": (lambda broker: broker.tell("fail 19 1000"), lambda broker: broker.tell("mend")),
}


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
@pytest.mark.parametrize(("begins", "ends"), TROUBLES.values(), ids=TROUBLES)
def test_an_outage_of_the_topic_loses_nothing(
    broker: Broker, begins: Callable[[Broker], None], ends: Callable[[Broker], None]
) -> None:
    """Batches go on and divert, the hold queue is drained in the order of the keys, copies are of what was unknown
    alone, and what the topic never takes is a dead letter."""
    world = KafkaWorld(destination(broker.bootstrap, TOPIC, max_message_kib=2))
    world.batch(8)
    world.settle()  # the first call may be too short for the client to log in
    before = len(world.topic.taken)
    assert before == 8
    begins(broker)
    for _ in range(3):
        world.batch(8)
        assert world.mapping.done, "the partition waits for the topic"
    world.drain()
    large = len(world.messages)
    world.batch(4, more=LARGE)
    world.batch(8)
    assert world.hold.messages and len(world.topic.taken) == before
    ends(broker)
    world.settle()
    world.batch(8)
    world.settle()

    too_large = {place for number, place in enumerate(world.messages) if large <= number < large + 4}
    wanted = world.bound_for_topic()
    assert set(world.shelf.letters) == wanted & too_large
    arrived = world.arrived(read_back(broker.bootstrap, TOPIC, len(wanted - too_large)))
    assert set(arrived) == wanted - too_large, "lost, or never asked for"
    copies = {place: number for place, number in Counter(arrived).items() if number > 1}
    assert all(number <= 1 + world.topic.unknown[place] for place, number in copies.items()), copies
    assert world.out_of_order(arrived) == []
    assert len(world.topic.taken) == len(set(world.topic.taken)), "a record counts as sent twice"


@pytest.mark.robustness("kept connections that went bad")
@pytest.mark.parametrize("proven", [False, True], ids=["a new client", "a client that Kafka answered before"])
def test_nothing_is_sent_after_the_end_of_its_call(broker: Broker, proven: bool) -> None:
    """An environment is frozen once its invocation ends: what a call could not send must not go when it thaws."""
    where = destination(broker.bootstrap, TOPIC)
    first, *load = load_of(6)
    if proven:
        assert where.send(entries(where, first)) == [None]
    broker.tell("down")
    assert set(kinds(where.send(entries(where, *load), CALL_S))) == {FaultKind.TRANSIENT}
    broker.tell("up")
    last = load_of(8)[7]
    while where.send(entries(where, last)) != [None]:
        pass  # a client that was told "refused" waits before it tries again
    values = [message.value() for message in read_back(broker.bootstrap, TOPIC, 1 + proven)]
    assert Counter(values) == Counter(one.record.value for (one,) in ([first] * proven + [last]))


def test_calls_with_less_time_than_a_client_needs_to_log_in(broker: Broker) -> None:
    """Each call ends in its time, and one of the next ones reaches Kafka: the client is not made anew each time."""
    where = destination(broker.bootstrap, TOPIC)
    for _ in range(40):
        if where.send(entries(where, *load_of(1)), 0.15) == [None]:
            return
    pytest.fail("no call ever reached Kafka")


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_topic_that_is_deleted_and_made_again(apache_kafka: Kafka) -> None:
    """What comes while Apache Kafka has no such topic is diverted, and is in the new one in order."""
    name = named()
    apache_kafka.create_topics({name: 3})
    world = KafkaWorld(destination(apache_kafka.bootstrap, name))
    world.batch(8)
    world.settle()
    gone = set(world.topic.taken)
    client = AdminClient({"bootstrap.servers": apache_kafka.bootstrap})
    client.delete_topics([name])[name].result(10)
    while name in client.list_topics(timeout=10).topics:
        pass
    for _ in range(3):
        world.batch(8)
        assert world.mapping.done, "the partition waits for the topic"
    world.drain()
    assert world.hold.messages and set(world.topic.taken) == gone
    apache_kafka.create_topics({name: 3})
    world.settle()
    arrived = world.arrived(read_back(apache_kafka.bootstrap, name, len(world.bound_for_topic() - gone)))
    assert set(arrived) == world.bound_for_topic() - gone
    assert world.out_of_order(arrived) == []
    assert all(number <= 1 + world.topic.unknown[place] for place, number in Counter(arrived).items())
