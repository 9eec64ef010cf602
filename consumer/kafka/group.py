"""This consumer's membership of its group: what it fetches, owns, pauses and commits. All of the client's I/O."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from comboio.errors import ServiceError
from consumer.event import Record, records
from consumer.kafka.client import KafkaUnavailableError, partition_name, topic_partition
from consumer.kafka.commit import Commits
from consumer.rebalance import Rebalance

_NETWORK_S = 2.0
_REVOKE_TRIES = 3


class GroupError(ServiceError):
    """The client cannot go on: its own message says why."""


class Group:
    """A member of the consumer group, used by one thread."""

    def __init__(
        self,
        options: Mapping[str, Any],
        topics: list[str],
        rebalance: Rebalance,
        commits: Commits,
        log: logging.Logger,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._commits = commits
        self._rebalance = rebalance
        self._log = log
        self._clock = clock
        self._sleep = sleep
        self._held: frozenset[str] = frozenset()
        self._unknown: set[str] = set()
        self._fatal: str | None = None
        self.commit_failures = 0
        self.owned: set[str] = set()
        try:
            self._consumer = Consumer({**options, "on_commit": self._on_commit, "error_cb": self._on_error}, logger=log)
        except KafkaException as error:
            raise KafkaUnavailableError(
                f"The Kafka client refuses its options: {error.args[0].str()}. Check CONSUMER_CLIENT_OPTIONS."
            ) from error
        self._consumer.subscribe(topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)

    def poll(self, most: int, timeout_s: float) -> list[Record]:
        """Fetched records of partitions that are ours; rebalances happen inside.

        Raises:
            GroupError: the client is broken for good.
        """
        messages = self._consumer.consume(most, timeout_s)
        if self._fatal:
            raise GroupError(self._fatal)
        self._learn()
        good = []
        for message in messages:
            error = message.error()
            if error is None:
                good.append(message)
            else:
                self._log.error("Kafka reports an error: %s", error.str())
        return [record for record in records(good) if record.partition in self.owned]

    def hold(self, wanted: frozenset[str]) -> None:
        """Pauses these partitions, and no others."""
        wanted &= self.owned
        held = self._held & self.owned
        try:
            if wanted - held:
                self._consumer.pause([topic_partition(name) for name in wanted - held])
            if held - wanted:
                self._consumer.resume([topic_partition(name) for name in held - wanted])
        except KafkaException as error:  # a partition left in between: the next turn sees the new assignment
            self._log.warning("pausing failed: %s", error)
        self._held = wanted

    @property
    def held(self) -> frozenset[str]:
        """The partitions that are paused."""
        return self._held

    def commit(self, positions: Mapping[str, int]) -> None:
        """Sends what is due, unless a commit is under way; the answer comes in a later poll."""
        due = self._commits.due(positions, self._clock())
        if not due:
            return
        self._commits.sent(due)
        try:
            self._consumer.commit(offsets=_offsets(due), asynchronous=True)
        except KafkaException as error:
            self._on_commit(error.args[0], _offsets(due))

    def commit_now(self, positions: Mapping[str, int]) -> None:
        """Commits before returning, with a few tries. What fails is delivered again to whoever has the partition next:
        some brokers take no commit once a rebalance has begun, and this consumer must rejoin for it to end."""
        for _ in range(_REVOKE_TRIES):
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
        self._log.warning("gave up committing %s: another consumer gets these records again", behind)

    def high_watermarks(self) -> dict[str, int]:
        """The end of each owned partition: as last fetched, or asked for where fetching is paused."""
        known = {}
        for name in self.owned:
            try:
                cached = name not in self._held
                _, high = self._consumer.get_watermark_offsets(
                    topic_partition(name), timeout=_NETWORK_S / 4, cached=cached
                )
            except KafkaException:
                continue
            if high >= 0:
                known[name] = high
        return known

    def close(self) -> None:
        """Leaves the group."""
        self._consumer.close()

    def _learn(self) -> None:
        """Asks where the group stood in partitions just assigned: their lag is known before the first commit."""
        names, self._unknown = self._unknown & self.owned, set()
        if not names:
            return
        try:
            for found in self._consumer.committed([topic_partition(name) for name in names], timeout=_NETWORK_S):
                if found.error is None and found.offset >= 0:
                    self._commits.know(partition_name(found), found.offset)
        except KafkaException as error:
            self._log.warning("the committed offsets cannot be read yet: %s", error)

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
        self.hold(self._held - names)
        self.owned -= names
        self._rebalance.forget(names)
        for name in names:
            self._commits.forget(name)
        self._log.info("%s %s", how, sorted(names))

    def _on_commit(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        failed = {partition_name(each): each.error or error for each in partitions if each.error or error}
        if failed:
            self._failed(next(iter(failed.values())))
        self._commits.answered(frozenset(failed), self._clock())

    def _failed(self, error: KafkaError | None) -> None:
        self.commit_failures += 1
        self._log.warning("a commit failed and is tried again: %s", error.str() if error else "unknown")

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = error.str()
        self._log.warning("Kafka: %s", error.str())


def _names(partitions: Iterable[TopicPartition]) -> frozenset[str]:
    return frozenset(partition_name(each) for each in partitions)


def _offsets(positions: Mapping[str, int]) -> list[TopicPartition]:
    return [topic_partition(name, offset) for name, offset in positions.items()]
