"""Sends commits to the broker, and learns what the group has committed."""

import logging
from collections.abc import Callable, Iterable, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from consumer.kafka.client import partition_name, topic_partition
from consumer.kafka.client_errors import ClientErrors
from consumer.kafka.commit import Commits
from consumer.kafka.topic_id import TopicMarks

NETWORK_S = 2.0
"""Seconds to wait for the broker's answer to a question between two polls."""

REVOKE_TRIES = 3
"""Tries of the commit before partitions leave."""

_REVOKE_PAUSE_S = 0.1
"""Seconds between two of them: long enough for a broker to answer, short beside a rebalance."""


class Committer:
    """Commits for one client. `answered` is its callback for commits."""

    def __init__(
        self,
        commits: Commits,
        errors: ClientErrors,
        log: logging.Logger,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self.commits = commits
        """What is committed, and what is due."""
        self.marks = TopicMarks()
        """Which topic it is committed of."""
        self.failures = 0
        """Commits that failed since the start."""
        self._errors = errors
        self._log = log
        self._clock = clock
        self._sleep = sleep

    def commit(self, consumer: Consumer, positions: Mapping[str, int]) -> None:
        """Send what is due, unless a commit is in flight; the answer comes in a later poll."""
        due = self.commits.due(self.marks.learned(positions), self._clock())
        if not due:
            return
        self.commits.sent(due)
        try:
            consumer.commit(offsets=self._offsets(due), asynchronous=True)
        except KafkaException as error:
            self.answered(error.args[0], self._offsets(due))

    def answered(self, error: KafkaError | None, partitions: Iterable[TopicPartition]) -> None:
        """Take the answer to the commit in flight."""
        failed = {partition_name(each): each.error or error for each in partitions if each.error or error}
        if failed:
            self._failed(next(iter(failed.values())))
        else:
            self._errors.authenticated()
        self.commits.answered(frozenset(failed), self._clock())

    def commit_now(self, consumer: Consumer, positions: Mapping[str, int]) -> None:
        """Commit before returning, with a few tries.

        What fails is redelivered to the partition's next owner: some brokers accept no commit once a rebalance has
        begun, and this consumer must rejoin for it to end.
        """
        for _ in range(REVOKE_TRIES):
            behind = self.commits.behind(self.marks.learned(positions))
            if not behind:
                break
            try:
                answers = consumer.commit(offsets=self._offsets(behind), asynchronous=False) or []
            except KafkaException as error:
                self._failed(error.args[0])
            else:
                for answer in answers:
                    if answer.error is None:
                        self.commits.know(partition_name(answer), answer.offset)
                    else:
                        self._failed(answer.error)
            if self.commits.behind(positions):
                self._sleep(_REVOKE_PAUSE_S)
        if behind := self.commits.behind(positions):
            self._log.warning("could not commit %s: these records are redelivered to another consumer", behind)

    def learn(self, consumer: Consumer, names: Iterable[str]) -> set[str]:
        """Ask what the group has committed in partitions just assigned; return those whose answer is to be asked again.

        Their lag is then known before a commit, and whether their topic is still the one that was committed of.
        """
        unknown = set(names)
        try:
            for found in consumer.committed([topic_partition(name) for name in unknown], timeout=NETWORK_S):
                if found.error is not None:
                    continue
                name = partition_name(found)
                unknown.discard(name)
                self.marks.learn(name, found.metadata)
                if found.offset >= 0:
                    self.commits.know(name, found.offset)
        except KafkaException as error:
            self._log.warning("could not read the committed offsets yet: %s", error)
        return unknown

    def forget(self, partition: str) -> None:
        """Drop a partition that is no longer ours."""
        self.commits.forget(partition)
        self.marks.forget(partition)

    def _failed(self, error: KafkaError | None) -> None:
        self.failures += 1
        self._errors.of_a_commit(error)

    def _offsets(self, positions: Mapping[str, int]) -> list[TopicPartition]:
        return [_commit(name, offset, self.marks.metadata(name)) for name, offset in positions.items()]


def _commit(name: str, offset: int, metadata: str) -> TopicPartition:
    place = topic_partition(name)
    return TopicPartition(place.topic, place.partition, offset, metadata)
