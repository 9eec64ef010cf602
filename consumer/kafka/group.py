"""This consumer's membership of its group: what it fetches, owns, pauses and commits. All of the client's I/O."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from consumer.event import ConsumedRecord, records
from consumer.kafka.brokers import Brokers
from consumer.kafka.client import ClientLog, partition_name, refused_options, topic_partition
from consumer.kafka.client_errors import ClientErrors
from consumer.kafka.commit import Commits
from consumer.kafka.committer import Committer
from consumer.kafka.errors import GroupError
from consumer.kafka.fetch_position import fetched_to, seek
from consumer.kafka.leaving import leave
from consumer.kafka.topic_id import Describe, TopicIds
from consumer.kafka.watermarks import Watermarks, watermarks

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
        describe: Describe = lambda _: {},
    ) -> None:
        self._errors = ClientErrors(log, clock)
        self._brokers = Brokers(log)
        self._committer = Committer(commits, self._errors, log, clock, sleep)
        self._ids = TopicIds(describe, topics, clock)
        self._rebalance = rebalance
        self._log = log
        self._clock = clock
        self._paused: frozenset[str] = frozenset()
        self._unknown: set[str] = set()
        self._anew: set[str] = set()
        self.owned: set[str] = set()
        self.pauses = 0
        """Times that a partition was paused, since the start."""
        try:
            client_log = ClientLog(log, clock)
            self._consumer = connect(
                {
                    **options,
                    "on_commit": self._committer.answered,
                    "error_cb": self._errors.of_the_client,
                    "stats_cb": self._brokers.told,
                },
                logger=client_log,
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

        It waits until there are `most` of them, or the time is over.

        Raises:
            GroupError: the client does not recover by itself.
        """
        return self._taken(self._consume(most, timeout_s))

    def poll_first(self, most: int, timeout_s: float) -> list[ConsumedRecord]:
        """Do the same, but wait for the first record alone: it brings what came with it."""
        messages = self._consume(1, timeout_s)
        if messages and most > 1:
            messages += self._consume(most - 1, 0)
        return self._taken(messages)

    def _consume(self, most: int, timeout_s: float) -> list[Message]:
        try:
            return self._consumer.consume(most, timeout_s)
        except KafkaException as error:
            raise GroupError(f"The Kafka client cannot go on: {error.args[0].str()}.") from error

    def _taken(self, messages: Iterable[Message]) -> list[ConsumedRecord]:
        good = []
        for message in messages:
            problem = message.error()
            if problem is None:
                good.append(message)
            else:
                self._errors.of_a_message(problem)
        self._errors.raise_lasting()
        if good:
            self._errors.authenticated()
        wanted = self.owned - self._learn()
        return [record for record in records(good) if record.partition in wanted]

    def pause(self, wanted: frozenset[str]) -> None:
        """Pause these partitions, and no others."""
        wanted &= self.owned
        paused = self._paused & self.owned
        try:
            if wanted - paused:
                self._consumer.pause([topic_partition(name) for name in wanted - paused])
                self.pauses += len(wanted - paused)
            if paused - wanted:
                self._consumer.resume([topic_partition(name) for name in paused - wanted])
        except KafkaException as error:  # a partition has just left: the next turn sees the new assignment
            self._log.warning("could not pause partitions: %s", error)
        self._paused = wanted

    @property
    def paused(self) -> frozenset[str]:
        """The partitions that are paused."""
        return self._paused

    @property
    def brokers_up(self) -> int | None:
        """The brokers that the client is connected to; None if that is not known yet."""
        return self._brokers.up

    @property
    def committed(self) -> Mapping[str, int]:
        """What the broker has acknowledged, by partition."""
        return self._committer.commits.committed

    @property
    def commit_failures(self) -> int:
        """Commits that failed since the start."""
        return self._committer.failures

    @property
    def committed_total(self) -> int:
        """Offsets committed since the start."""
        return self._committer.commits.total

    def behind(self, positions: Mapping[str, int]) -> dict[str, int]:
        """Return the positions that are not committed yet."""
        return self._committer.commits.behind(positions)

    def commit(self, positions: Mapping[str, int]) -> None:
        """Send what is due, unless a commit is in flight; the answer comes in a later poll."""
        self._committer.commit(self._consumer, positions)

    def fetched_to(self) -> dict[str, int]:
        """Return the offset that partitions are fetched to: past the last record returned, and past what has none."""
        return fetched_to(self._consumer, self.owned - self._anew)

    def go_on_at(self, name: str, offset: int) -> None:
        """Fetch a partition from here on whose fetch went back by itself: the client would go on further ahead."""
        if error := seek(self._consumer, name, offset):
            self._log.warning("could not seek %s to offset %d: %s", name, offset, error)

    def watermarks(self) -> dict[str, Watermarks]:
        """Return where each owned partition begins and ends, where it is known."""
        return watermarks(self._consumer, self.owned, self._paused, self._clock)

    def close(self) -> None:
        """Leave the group."""
        leave(self._consumer.close, self._log)

    def _learn(self) -> set[str]:
        """Learn where the group is; return the partitions that begin anew: what was fetched of them is too late."""
        if self._unknown:
            self._unknown = self._committer.learn(self._consumer, self._unknown & self.owned)
        self._ids.look()
        again = self._committer.marks.made_again(self.owned, self._ids.known)
        for name, (old, new) in again.items():
            self._begin_anew(name, old, new)
        self._anew = set(again)
        return self._anew

    def _begin_anew(self, name: str, old: str, new: str) -> None:
        """Go to the beginning of a partition whose topic was recreated: the client may have gone on in its middle."""
        if error := seek(self._consumer, name, OFFSET_BEGINNING):  # the next turn tries again
            self._log.debug("%s cannot be read from its beginning yet: %s", name, error)
            return
        self._log.error(
            "%s was recreated: its topic has another id (%s, before %s). All of it is consumed from its beginning; "
            "what the deleted topic had and was not consumed is gone.",
            name,
            new,
            old,
        )
        self._rebalance.forget(frozenset({name}))
        self._committer.commits.forget(name)
        self._committer.marks.begin(name, new)

    def _on_assign(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        names = _names(partitions)
        self.owned |= names
        self._unknown |= names
        self._log.info("assigned %s", sorted(names))

    def _on_revoke(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        names = _names(partitions)
        self._committer.commit_now(self._consumer, self._rebalance.finish(names))
        self._leave(names, "revoked")

    def _on_lost(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self._leave(_names(partitions), "lost")

    def _leave(self, names: frozenset[str], how: str) -> None:
        # A pause outlives the assignment in librdkafka: were the partition to come back, nobody would resume it.
        self.pause(self._paused - names)
        self.owned -= names
        self._rebalance.forget(names)
        for name in names:
            self._committer.forget(name)
        self._log.info("%s %s", how, sorted(names))


def _names(partitions: Iterable[TopicPartition]) -> frozenset[str]:
    return frozenset(partition_name(each) for each in partitions)
