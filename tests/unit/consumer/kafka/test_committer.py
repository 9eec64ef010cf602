"""Commits are sent one at a time, tried again a few times before partitions leave, and known by the broker's answer."""

import logging
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from consumer.kafka.client_errors import ClientErrors
from consumer.kafka.commit import Commits
from consumer.kafka.committer import REVOKE_TRIES, Committer
from tests.support.consumer import FakeKafkaClient, VirtualTime

REBALANCE = KafkaError(KafkaError.REBALANCE_IN_PROGRESS)


class CommitterHarness:
    """A committer for a fake client, whose commits fail while `client.commit_error` is set."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.client: Any = FakeKafkaClient(self.time, {"t-0": 0, "t-1": 0})
        log, clock = logging.getLogger("committer"), self.time.clocks.clock
        self.slept: list[float] = []
        self.committer = Committer(Commits(), ClientErrors(log, clock), log, clock, self.sleep)
        self.client({"on_commit": self.committer.answered}, None)
        self.client.subscribe(["t"], lambda *_: None, lambda *_: None, lambda *_: None)
        self.committer.learn(self.client, ["t-0", "t-1"])  # type: ignore[arg-type]  # a fake

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time.sleep(seconds)

    def poll(self) -> None:
        """Let the client call back, as it does inside a poll."""
        self.client.consume(1, 0.01)


def test_an_answer_makes_a_position_known() -> None:
    """What the broker acknowledged is not behind any more, and is counted."""
    world = CommitterHarness()
    world.committer.commit(world.client, {"t-0": 0})
    world.poll()
    world.committer.commit(world.client, {"t-0": 5})
    assert world.committer.commits.behind({"t-0": 5}) == {"t-0": 5}
    world.poll()
    assert world.committer.commits.committed == {"t-0": 5}
    assert (world.committer.commits.total, world.committer.failures) == (5, 0)


@pytest.mark.robustness("a group and a client that break")
def test_a_commit_that_the_client_refuses_is_answered_at_once() -> None:
    """A call that raises is a failed commit, and the next one is sent after a while."""
    world = CommitterHarness()
    good = world.client.commit

    def refuse(**_: Any) -> None:
        raise KafkaException(REBALANCE)

    world.client.commit = refuse
    world.committer.commit(world.client, {"t-0": 5})
    assert world.committer.failures == 1
    world.client.commit = good
    world.time.sleep(1)
    world.committer.commit(world.client, {"t-0": 5})
    world.poll()
    assert world.committer.commits.committed == {"t-0": 5}


@pytest.mark.robustness("a group and a client that break")
@pytest.mark.parametrize("failures", range(REVOKE_TRIES + 1))
def test_the_last_commit_of_a_partition_has_a_few_tries(failures: int, caplog: pytest.LogCaptureFixture) -> None:
    """It ends as soon as one is acknowledged; only a position that is still behind is warned of."""
    world = CommitterHarness()
    answers = [REBALANCE] * failures + [None] * REVOKE_TRIES
    good = world.client.commit

    def commit(**arguments: Any) -> Any:
        world.client.commit_error = answers.pop(0)
        return good(**arguments)

    world.client.commit = commit
    world.committer.commit_now(world.client, {"t-0": 5})
    assert (world.client.group == {"t-0": 5}) is (failures < REVOKE_TRIES)
    assert len(world.slept) == world.committer.failures == failures
    assert ("could not commit" in caplog.text) is (failures == REVOKE_TRIES)


@pytest.mark.robustness("a group and a client that break")
def test_what_is_committed_already_is_not_committed_again() -> None:
    """A partition that leaves with nothing new costs no call."""
    world = CommitterHarness()
    world.committer.commit_now(world.client, {"t-0": 5})
    world.client.commit_error = REBALANCE
    world.committer.commit_now(world.client, {"t-0": 5})
    assert world.committer.failures == 0


def test_the_group_s_position_is_learned_where_it_has_one() -> None:
    """A partition without a committed offset stays unknown, and a broker that does not answer ends nothing."""
    world = CommitterHarness()
    world.client.group = {"t-0": 7}
    world.committer.learn(world.client, ["t-0", "t-1"])
    assert world.committer.commits.committed == {"t-0": 7}

    def silent(*_: Any, **__: Any) -> None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    world.client.committed = silent
    world.committer.learn(world.client, ["t-1"])
    assert world.committer.commits.committed == {"t-0": 7}
