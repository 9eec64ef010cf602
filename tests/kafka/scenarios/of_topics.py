"""What happens to topics: they grow, are made again, lose their oldest records, have gaps."""

import signal
import time

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.cimpl import NewPartitions

from local.kafka.topic import admin
from tests.kafka.history import Deleted
from tests.kafka.run import PARTITIONS, Run
from tests.kafka.scenarios.records import Numbered, producer, send


def add_partitions(run: Run) -> None:
    """Double the partitions of the topic that is produced to and consumed."""
    client = admin(run.bootstrap)
    client.create_partitions([NewPartitions(run.topic, 2 * PARTITIONS)])[run.topic].result(30)
    run.goes_on(600)
    run.load.stop()
    run.load.start(2 * PARTITIONS)  # its client looks for partitions every five minutes; a new one knows them at once
    run.goes_on(600)


def topic_made_again(run: Run, pause_s: float = 0.0) -> None:
    """Delete the consumed topic, and make it again; its consumers have handled all of the old one."""
    run.load.stop()
    run.has_no_lag()
    run.delete_topic()
    time.sleep(pause_s)
    run.create_topic()
    run.load.start(PARTITIONS)
    run.goes_on(1200)


def topic_made_again_unseen(run: Run) -> None:
    """Make the topic again, and let it grow past the old one's end, while the consumers are frozen."""
    run.load.stop()
    run.has_no_lag()
    run.consumers.signal(signal.SIGSTOP)
    run.delete_topic()
    run.create_topic()
    run.load.start(PARTITIONS)
    run.goes_on(2400)
    run.consumers.signal(signal.SIGCONT)
    run.goes_on()


def delete_records(run: Run) -> None:
    """Delete the oldest records while no consumer runs: those that the group has not read are gone."""
    run.consumers.stop()
    run.goes_on(1200)
    client = admin(run.bootstrap)
    places = [TopicPartition(run.topic, number) for number in range(PARTITIONS)]
    reader = Consumer({"bootstrap.servers": run.bootstrap, "group.id": run.consumers.group, "log_level": 2})
    held = reader.committed(places, timeout=30)
    below = []
    for place, group in zip(places, held, strict=True):
        _, end = reader.get_watermark_offsets(place, timeout=30)
        below.append(TopicPartition(place.topic, place.partition, (max(group.offset, 0) + end) // 2))
    reader.close()
    for place, done in client.delete_records(below).items():
        run.history.deleted.append(Deleted(f"{place.topic}-{place.partition}", done.result(30).low_watermark))
    run.consumers.start("third", "fourth")
    run.goes_on()


def transactions(run: Run) -> None:
    """Write transactions, every third of which is aborted; a partition of its own has nothing but aborted ones."""
    run.create_topic(PARTITIONS + 1)
    run.consumers.start("first", "second")
    numbered, client = Numbered(), producer(run, transactional_id=run.topic)
    client.init_transactions(60)
    for number in range(30):
        client.begin_transaction()
        written = send(run, client, numbered.make(60))
        if number % 3 == 2:
            client.produce(run.topic, b"aborted", partition=PARTITIONS)
            client.abort_transaction(60)
        else:
            client.commit_transaction(60)
            run.history.acknowledged += written


def compacted(run: Run) -> None:
    """Write the same keys again and again into a topic that is compacted, and only then begin to consume."""
    run.create_topic(
        cleanup_policy="compact", segment_ms="1000", min_cleanable_dirty_ratio="0.01", max_compaction_lag_ms="1000"
    )
    numbered, client = Numbered(), producer(run)
    for _ in range(6):
        run.history.acknowledged += send(run, client, numbered.make(400))
        time.sleep(1.1)
    acknowledged = {(each.partition, each.offset) for each in run.history.acknowledged}

    def kept() -> set[tuple[str, int]]:
        return set(_offsets(run))

    run.until(lambda: len(kept()) < len(acknowledged) // 2, "the topic is compacted")
    run.consumers.start("first", "second")
    run.history.acknowledged += send(run, client, numbered.make(400))
    run.has_no_lag()
    for partition, offset in {(each.partition, each.offset) for each in run.history.acknowledged} - kept():
        run.history.deleted.append(Deleted(partition, offsets=frozenset({offset})))


def _offsets(run: Run) -> list[tuple[str, int]]:
    reader = Consumer({"bootstrap.servers": run.bootstrap, "group.id": "reader", "log_level": 2})
    try:
        places = [TopicPartition(run.topic, number) for number in range(PARTITIONS)]
        ends = [reader.get_watermark_offsets(place, timeout=30)[1] for place in places]
        reader.assign([TopicPartition(run.topic, number, 0) for number in range(PARTITIONS)])
        found: list[tuple[str, int]] = []
        while any(position.offset < end for position, end in zip(reader.position(places), ends, strict=True) if end):
            found += [(f"{each.topic()}-{each.partition()}", each.offset() or 0) for each in reader.consume(1000, 1.0)]
        return found
    finally:
        reader.close()
