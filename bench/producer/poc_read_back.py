"""Reads back what Kafka has after a run: how many records, in what order, and where."""

import json
import time
from collections.abc import Mapping
from typing import NamedTuple

from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from local.kafka import Kafka

_WAIT_S = 60.0
"""Seconds after which records that have not come are missing."""


class Facts(NamedTuple):
    """Counts made by reading every record."""

    records: int
    """All records."""
    distinct: int
    """Different event ids among them."""
    keys: int
    """Different keys of all topics."""
    out_of_order: int
    """Records that came after a later one of their key and truck."""
    two_partitions: int
    """Keys found on more than one partition of a topic."""


_before: dict[tuple[str, int], int] = {}
"""Where each partition ended when it was last emptied: the embedded broker deletes no records."""


def empty(kafka: Kafka) -> None:
    """Let the next reading begin where the topics end now; Kafka deletes the earlier records where it can."""
    client = AdminClient({"bootstrap.servers": kafka.bootstrap})
    topics = client.list_topics(timeout=10).topics
    ends = [TopicPartition(name, p, OFFSET_END) for name, topic in topics.items() for p in topic.partitions]
    reader = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "poc"})
    for place in ends:
        _before[place.topic, place.partition] = reader.get_watermark_offsets(place, timeout=10)[1]
    reader.close()
    if kafka.kind != "embedded":
        for name in topics:
            if not name.startswith("__"):
                mine = [place for place in ends if place.topic == name]
                try:
                    for deleted in client.delete_records(mine).values():
                        deleted.result(10)
                except KafkaException:
                    continue


def read_back(kafka: Kafka, topics: Mapping[str, int]) -> Facts:
    """Read everything since `empty`."""
    reader = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "poc", "enable.partition.eof": False})
    places = [(name, number) for name, count in topics.items() for number in range(count)]
    left = 0
    for place in places:
        left += reader.get_watermark_offsets(TopicPartition(*place), timeout=10)[1] - _before.get(place, 0)
    reader.assign([TopicPartition(*place, _before.get(place, 0)) for place in places])
    records = out_of_order = 0
    ids: set[str] = set()
    last: dict[tuple[str, bytes, str], int] = {}
    homes: dict[tuple[str, bytes], set[int]] = {}
    deadline = time.monotonic() + _WAIT_S
    while records < left and time.monotonic() < deadline:
        for message in reader.consume(5000, timeout=0.5):
            value = json.loads(message.value() or b"{}")
            topic, key = message.topic() or "", message.key() or b""
            records += 1
            ids.add(value["event_id"])
            said = (topic, key, value["truck_id"])
            out_of_order += value["sequence"] <= last.get(said, 0)
            last[said] = value["sequence"]
            homes.setdefault((topic, key), set()).add(message.partition() or 0)
    reader.close()
    return Facts(records, len(ids), len(homes), out_of_order, sum(len(home) > 1 for home in homes.values()))
