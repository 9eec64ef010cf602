"""The group fetches only what it owns, commits what it should, and tells errors that last from those that pass."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from consumer.failure import ServiceFailedError
from consumer.kafka.client import ClientOptionsError
from consumer.kafka.commit import Commits
from consumer.kafka.errors import (
    ADVICE,
    AUTHENTICATION_GAP_S,
    AUTHENTICATION_S,
    RECOVERED_BY_REJOINING,
    GroupError,
)
from consumer.kafka.group import Group
from tests.support.consumer import LOG, FakeKafkaClient, VirtualTime

PASSING = [
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._MAX_POLL_EXCEEDED,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.REBALANCE_IN_PROGRESS,
]
LASTING = [KafkaError._FATAL, *ADVICE]


class Listener:
    """A listener that has done everything up to `positions`."""

    def __init__(self) -> None:
        self.positions: dict[str, int] = {}
        self.forgotten: list[frozenset[str]] = []

    def finish(self, partitions: frozenset[str]) -> dict[str, int]:
        return {name: self.positions[name] for name in partitions & self.positions.keys()}

    def forget(self, partitions: frozenset[str]) -> None:
        self.forgotten.append(partitions)


class GroupHarness:
    """A group with a fake client."""

    def __init__(self, **ends: int) -> None:
        self.time = VirtualTime()
        self.client = FakeKafkaClient(self.time, {name.replace("_", "-"): end for name, end in ends.items()})
        self.listener = Listener()
        clocks = self.time.clocks
        self.group = Group({}, ["t"], self.listener, Commits(), LOG, clocks.clock, clocks.sleep, connect=self.client)

    def poll(self) -> list[tuple[str, int]]:
        return [(record.partition, record.offset) for record in self.group.poll(100, 0.02)]

    def say(self, error: KafkaError) -> None:
        """Call back with an error, as the client does inside a poll."""
        self.client.options["error_cb"](error)


@pytest.mark.robustness("a group and a client that break")
def test_records_of_partitions_that_left_are_dropped() -> None:
    """What the client had already fetched of a revoked partition belongs to its next owner."""
    world = GroupHarness(t_0=2, t_1=2)
    assert len(world.poll()) == 4
    world.client.ends = {"t-0": 4, "t-1": 4}
    world.group.owned.discard("t-0")
    assert world.poll() == [("t-1", 2), ("t-1", 3)]


def test_the_first_record_is_waited_for_and_brings_what_came_with_it() -> None:
    """Nothing waits for a full poll: what has come is returned at once, up to the bound; an empty poll has its time."""
    world = GroupHarness(t_0=3)
    began = world.time.at
    assert [record.offset for record in world.group.poll_first(2, 0.02)] == [0, 1]
    assert [record.offset for record in world.group.poll_first(100, 0.02)] == [2]
    assert world.time.at - began < 0.001
    assert world.group.poll_first(100, 0.02) == []
    assert world.time.at - began == pytest.approx(0.02, abs=0.001)


@pytest.mark.robustness("a group and a client that break")
def test_partitions_that_leave_are_committed_resumed_and_forgotten() -> None:
    """Each in this order, since a pause outlives the assignment in the client."""
    world = GroupHarness(t_0=2, t_1=2)
    world.poll()
    world.group.pause(frozenset({"t-0", "t-1"}))
    world.listener.positions = {"t-0": 1}
    world.client.revoke(["t-0"])
    world.poll()
    assert world.client.group == {"t-0": 1}
    assert world.client.paused == {"t-1"}
    assert world.listener.forgotten == [frozenset({"t-0"})]
    assert world.group.owned == {"t-1"}


@pytest.mark.robustness("a group and a client that break")
def test_lost_partitions_are_forgotten_without_a_commit() -> None:
    """They belong to another consumer already."""
    world = GroupHarness(t_0=2)
    world.poll()
    world.listener.positions = {"t-0": 2}
    world.client.revoke(["t-0"], lost=True)
    world.poll()
    assert world.client.group == {}
    assert world.listener.forgotten == [frozenset({"t-0"})]


@pytest.mark.robustness("a group and a client that break")
def test_a_commit_that_fails_is_retried() -> None:
    """The position stays behind until the broker has acknowledged it."""
    world = GroupHarness(t_0=5)
    world.poll()
    world.client.commit_error = KafkaError(KafkaError.REBALANCE_IN_PROGRESS)
    world.group.commit({"t-0": 5})
    world.poll()
    assert world.group.behind({"t-0": 5}) == {"t-0": 5}
    assert world.group.commit_failures == 1
    world.client.commit_error = None
    world.time.sleep(1)
    world.group.commit({"t-0": 5})
    world.poll()
    assert world.group.committed == {"t-0": 5}


@pytest.mark.robustness("a group and a client that break")
def test_a_commit_before_a_revoke_has_a_few_tries_only() -> None:
    """This consumer must rejoin for the rebalance to end."""
    world = GroupHarness(t_0=5)
    world.poll()
    world.listener.positions = {"t-0": 5}
    world.client.commit_error = KafkaError(KafkaError.REBALANCE_IN_PROGRESS)
    before = world.time.at
    world.client.revoke(["t-0"])
    world.poll()
    assert world.time.at - before < 2
    assert world.group.owned == set()


@pytest.mark.robustness("a group and a client that break")
@pytest.mark.parametrize("code", LASTING)
def test_a_lasting_error_ends_the_group_however_it_comes(code: int) -> None:
    """As a message, through the callback, or as the answer to a commit: the next poll raises, with what to check."""
    by_message, by_callback, by_commit = GroupHarness(t_0=1), GroupHarness(t_0=1), GroupHarness(t_0=1)
    by_message.poll()
    by_message.client.errors.append(KafkaError(code))
    by_callback.say(KafkaError(code))
    by_commit.poll()
    by_commit.client.commit_error = KafkaError(code)
    by_commit.group.commit({"t-0": 1})
    for world in (by_message, by_callback, by_commit):
        if world is by_commit and code in RECOVERED_BY_REJOINING:
            world.poll()
            continue
        with pytest.raises(GroupError, match="cannot go on"):
            world.poll()
        assert issubclass(GroupError, ServiceFailedError)


@pytest.mark.robustness("a group and a client that break")
@pytest.mark.parametrize("code", PASSING)
def test_a_passing_error_ends_nothing(code: int) -> None:
    """The client recovers from it by itself: it would rather delay than end."""
    world = GroupHarness(t_0=3)
    world.client.errors.append(KafkaError(code))
    world.poll()
    world.say(KafkaError(code))
    assert len(world.poll()) == 3


@pytest.mark.robustness("a group and a client that break")
def test_an_error_marked_fatal_ends_the_group_whatever_its_code() -> None:
    """The client itself says that it cannot go on."""
    world = GroupHarness(t_0=1)
    world.say(KafkaError(KafkaError._STATE, "fatal", True))
    with pytest.raises(GroupError):
        world.poll()


@pytest.mark.robustness("a group and a client that break")
def test_a_client_that_raises_ends_the_group() -> None:
    """The error has the client's own reason."""
    world = GroupHarness(t_0=1)

    def broken(most: int, timeout: float) -> Any:
        raise KafkaException(KafkaError(KafkaError._STATE, "closed"))

    world.client.consume = broken  # type: ignore[method-assign]  # a fake's method
    with pytest.raises(GroupError, match="closed"):
        world.poll()


@pytest.mark.robustness("a group and a client that break")
def test_authentication_may_fail_for_a_while() -> None:
    """Credentials in rotation end nothing; those that stay refused do, and a success in between starts over."""
    refused = KafkaError(KafkaError._AUTHENTICATION, "invalid credentials")
    world = GroupHarness(t_0=0)
    for _ in range(int(AUTHENTICATION_S / 10)):
        world.say(refused)
        world.poll()
        world.time.sleep(10)
    world.client.ends["t-0"] = 1
    assert world.poll() == [("t-0", 0)]
    for _ in range(3):
        world.say(refused)
        world.poll()
        world.time.sleep(AUTHENTICATION_GAP_S + 1)
    with pytest.raises(GroupError, match="credentials"):
        for _ in range(20):
            world.say(refused)
            world.poll()
            world.time.sleep(9)


@pytest.mark.robustness("secrets that an error or a table could show")
@pytest.mark.parametrize(
    ("error", "says"),
    [
        (KafkaException(KafkaError(KafkaError._INVALID_ARG, 'Invalid value "S3cret" for "x"')), 'for "x"'),
        (TypeError("expected stats_cb property as a callable function"), "stats_cb"),
    ],
)
def test_refused_options_are_named_without_their_values(error: Exception, says: str) -> None:
    """A password can stand where another option's value should."""

    def refusing(options: Any, logger: Any) -> Any:
        raise error

    with pytest.raises(ClientOptionsError, match=says) as caught:
        Group({}, ["t"], Listener(), Commits(), LOG, connect=refusing)
    assert "S3cret" not in str(caught.value)
    assert "CONSUMER_CLIENT_OPTIONS" in str(caught.value)


@pytest.mark.robustness("a group and a client that break")
def test_a_client_that_neither_tells_its_position_nor_seeks_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A partition is leaving then: nothing is passed, and the log says which was not sent where."""
    world = GroupHarness(t_0=3)
    world.poll()
    assert world.group.fetched_to() == {"t-0": 3}

    def refused(_: Any) -> Any:
        raise KafkaException(KafkaError(KafkaError._STATE))

    world.client.position = world.client.seek = refused  # type: ignore[method-assign, assignment]  # a fake's methods
    world.group.go_on_at("t-0", 2)
    assert world.group.fetched_to() == {}
    assert "could not seek t-0 to offset 2" in caplog.text


def test_where_a_partition_was_that_left_is_not_told() -> None:
    """The client may know it for a while."""
    world = GroupHarness(t_0=2, t_1=2)
    world.poll()
    world.group.owned.discard("t-0")
    assert world.group.fetched_to() == {"t-1": 2}
