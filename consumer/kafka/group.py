"""This consumer's membership of its group: what it fetches, owns, pauses and commits. All of the client's I/O."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from consumer.event import ConsumedRecord, records
from consumer.kafka.client import ClientLog, partition_name, refused_options, topic_partition
from consumer.kafka.commit import Commits
from consumer.kafka.errors import AuthenticationTrouble, GroupError, lasting_error
from consumer.kafka.high_watermark import high_watermarks

NETWORK_S = 2.0
"""Seconds to wait for the broker's answer to a question on the way."""

REVOKE_TRIES = 3
"""Tries of the commit before partitions leave."""

Connect = Callable[..., Consumer]
"""Makes a client, from its configuration and its logger."""


class RebalanceListener(Protocol):
    """What the group calls, inside a poll, when partitions leave."""

    def finish(self, partitions: frozenset[str]) -> dict[str, int]:
        """End the work on these partitions within a bounded time; return how far each may be committed."""
        ...

    def forget(self, partitions: frozenset[str]) -> None:
        """Drop everything of these partitions: they belong to another consumer now."""
        ...


class Group:
    """A member of the consumer group, used by one thread."""

    def __init__(
        self,
        options: Mapping[str, Any],
        topics: list[str],
        rebalance: RebalanceListener,
        commits: Commits,
        log: logging.Logger,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        connect: Connect = Consumer,
    ) -> None:
        self._commits = commits
        self._rebalance = rebalance
        self._log = log
        self._clock = clock
        self._sleep = sleep
        self._paused: frozenset[str] = frozenset()
        self._unknown: set[str] = set()
        self._error: GroupError | None = None
        self._authentication = AuthenticationTrouble()
        self.commit_failures = 0
        self.owned: set[str] = set()
        try:
            client_log = ClientLog(log)
            self._consumer = connect(
                {**options, "on_commit": self._on_commit, "error_cb": self._on_error}, logger=client_log
            )
        except KafkaException as refusal:
            raise refused_options(refusal.args[0].str()) from None
        except (TypeError, ValueError) as refusal:
            raise refused_options(str(refusal)) from None
        self._consumer.poll(0)  # the client's warnings about its options come with the first poll
        if client_log.without_effect:
            self._consumer.close()
            raise refused_options(client_log.without_effect)
        self._consumer.subscribe(topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)

    def poll(self, most: int, timeout_s: float) -> list[ConsumedRecord]:
        """Return fetched records of the partitions that this consumer owns; rebalances happen inside.

        Raises:
            GroupError: the client does not recover by itself.
        """
        try:
            messages = self._consumer.consume(most, timeout_s)
        except KafkaException as error:
            raise GroupError(f"The Kafka client cannot go on: {error.args[0].str()}.") from error
        good = []
        for message in messages:
            problem = message.error()
            if problem is None:
                good.append(message)
            else:
                self._log.error("Kafka reports an error: %s", problem.str())
                self._error = self._error or lasting_error(problem)
        if self._error is not None:
            raise self._error
        if good:
            self._authentication.succeeded()
        self._learn()
        return [record for record in records(good) if record.partition in self.owned]

    def pause(self, wanted: frozenset[str]) -> None:
        """Pause these partitions, and no others."""
        wanted &= self.owned
        paused = self._paused & self.owned
        try:
            if wanted - paused:
                self._consumer.pause([topic_partition(name) for name in wanted - paused])
            if paused - wanted:
                self._consumer.resume([topic_partition(name) for name in paused - wanted])
        except KafkaException as error:  # a partition has just left: the next turn sees the new assignment
            self._log.warning("pausing failed: %s", error)
        self._paused = wanted

    @property
    def paused(self) -> frozenset[str]:
        """The partitions that are paused."""
        return self._paused

    @property
    def committed(self) -> Mapping[str, int]:
        """What the broker has acknowledged, by partition."""
        return self._commits.committed

    @property
    def committed_total(self) -> int:
        """Offsets committed since the start."""
        return self._commits.total

    def behind(self, positions: Mapping[str, int]) -> dict[str, int]:
        """Return the positions that are not committed yet."""
        return self._commits.behind(positions)

    def commit(self, positions: Mapping[str, int]) -> None:
        """Send what is due, unless a commit is under way; the answer comes in a later poll."""
        due = self._commits.due(positions, self._clock())
        if not due:
            return
        self._commits.sent(due)
        try:
            self._consumer.commit(offsets=_offsets(due), asynchronous=True)
        except KafkaException as error:
            self._on_commit(error.args[0], _offsets(due))

    def commit_now(self, positions: Mapping[str, int]) -> None:
        """Commit before returning, with a few tries.

        What fails is redelivered to the partition's next owner: some brokers accept no commit once a rebalance has
        begun, and this consumer must rejoin for it to end.
        """
        for _ in range(REVOKE_TRIES):
            behind = self._commits.behind(positions)
            if not behind:
                return
            try:
                answers = self._consumer.commit(offsets=_offsets(behind), asynchronous=False) or []
            except KafkaException as error:
                self._failed(error.args[0])
            else:
                for answer in answers:
                    if answer.error is None:
                        self._commits.know(partition_name(answer), answer.offset)
                    else:
                        self._failed(answer.error)
            if self._commits.behind(positions):
                self._sleep(0.1)
        self._log.warning("could not commit %s: these records are redelivered to another consumer", behind)

    def high_watermarks(self) -> dict[str, int]:
        """Return the end of each owned partition, where it is known."""
        return high_watermarks(self._consumer, self.owned, self._paused, self._clock)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _learn(self) -> None:
        """Ask where the group stood in partitions just assigned, so that their lag is known before the first commit."""
        names, self._unknown = self._unknown & self.owned, set()
        if not names:
            return
        try:
            for found in self._consumer.committed([topic_partition(name) for name in names], timeout=NETWORK_S):
                if found.error is None and found.offset >= 0:
                    self._commits.know(partition_name(found), found.offset)
        except KafkaException as error:
            self._log.warning("could not read the committed offsets yet: %s", error)

    def _on_assign(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        names = _names(partitions)
        self.owned |= names
        self._unknown |= names
        self._log.info("assigned %s", sorted(names))

    def _on_revoke(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        names = _names(partitions)
        self.commit_now(self._rebalance.finish(names))
        self._leave(names, "revoked")

    def _on_lost(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self._leave(_names(partitions), "lost")

    def _leave(self, names: frozenset[str], how: str) -> None:
        # A pause outlives the assignment in librdkafka: were the partition to come back, nobody would resume it.
        self.pause(self._paused - names)
        self.owned -= names
        self._rebalance.forget(names)
        for name in names:
            self._commits.forget(name)
        self._log.info("%s %s", how, sorted(names))

    def _on_commit(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        failed = {partition_name(each): each.error or error for each in partitions if each.error or error}
        if failed:
            self._failed(next(iter(failed.values())))
        else:
            self._authentication.succeeded()
        self._commits.answered(frozenset(failed), self._clock())

    def _failed(self, error: KafkaError | None) -> None:
        self.commit_failures += 1
        self._log.warning("a commit failed and is retried: %s", error.str() if error else "unknown")
        if error is not None:
            self._error = self._error or lasting_error(error, of_a_commit=True)

    def _on_error(self, error: KafkaError) -> None:
        self._log.warning("Kafka: %s", error.str())
        lasting = (
            self._authentication.failed(error.str(), self._clock())
            if error.code() == KafkaError._AUTHENTICATION
            else lasting_error(error)
        )
        self._error = self._error or lasting


def _names(partitions: Iterable[TopicPartition]) -> frozenset[str]:
    return frozenset(partition_name(each) for each in partitions)


def _offsets(positions: Mapping[str, int]) -> list[TopicPartition]:
    return [topic_partition(name, offset) for name, offset in positions.items()]
