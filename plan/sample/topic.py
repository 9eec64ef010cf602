"""Reads a sample from a topic: its newest records, without a group and without committing anything."""

import math
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from comboio.contract.record import Record
from comboio.settings import SettingsError
from plan.sample.contract import Contract, own
from plan.sample.sample import Sample, SampleError
from plan.sample.settings import SampleSettings

SCHEME = "kafka://"
"""What a sample begins with that is a topic: kafka://host:port[,host:port]/topic."""

_ASKING_S = 10.0
"""Seconds within which the cluster must say what the topic has."""

_AT_A_TIME = 5_000
"""Records that are taken from the client at a time."""

_TURN_S = 0.1
"""How long the client waits for so many: it gives what it has only then."""

_HOW = f"give SAMPLE={SCHEME}host:port/topic"
"""What to do about an address that is none."""


class Range(NamedTuple):
    """What is read of a partition."""

    partition: int
    """Its number."""
    begins: int
    """The first offset."""
    ends: int
    """The offset after the last."""


def read_topic(address: str, contract: Contract = own, environ: Mapping[str, str] = os.environ) -> Sample:
    """Count the newest records of a topic.

    Raises:
        SampleError: the address is none, the cluster cannot be reached, or the topic has no message.
    """
    brokers, topic = _place(address)
    try:
        settings = SampleSettings.from_environment({**environ, "KAFKA_BOOTSTRAP_SERVERS": brokers})
    except SettingsError as error:
        raise SampleError(" ".join(str(error).split())) from None
    sample = Sample(f"{topic} of {brokers}")
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": "comboio-plan",  # the client asks for one; nothing joins it, and nothing is committed
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "log_level": 0,
            **settings.security_options(),
        }
    )
    try:
        ranges = newest(_ends(consumer, topic, sample.source), settings.sample_records)
        _read(consumer, topic, ranges, sample, contract, settings.sample_timeout_s)
    except KafkaException as error:
        raise SampleError(_failed(sample.source, error.args[0])) from None
    finally:
        consumer.close()
    return sample.counted()


def newest(ends: Sequence[Range], most: int) -> list[Range]:
    """Return the newest records, from each partition in proportion to what it keeps: hot ones stay as hot."""
    kept = sum(each.ends - each.begins for each in ends)
    part = min(1.0, most / kept) if kept else 0.0
    taken = ((each, math.ceil((each.ends - each.begins) * part)) for each in ends)
    return [Range(each.partition, each.ends - count, each.ends) for each, count in taken if count]


def _place(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    brokers, topic = parts.netloc, parts.path.strip("/")
    if "@" in brokers:
        raise SampleError(f"a sample's address has no password in it: set PLAN_SCRAM_USER and others, and {_HOW}")
    if not brokers or not topic or "/" in topic or parts.query or parts.fragment:
        raise SampleError(f"the sample {address} names no topic: {_HOW}")
    return brokers, topic


def _ends(consumer: Consumer, topic: str, source: str) -> list[Range]:
    found = consumer.list_topics(topic, timeout=_ASKING_S).topics[topic]
    if found.error is not None:
        raise SampleError(_failed(source, found.error))
    ends = []
    for number in sorted(found.partitions):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=_ASKING_S)
        ends.append(Range(number, low, high))
    return ends


def _read(
    consumer: Consumer, topic: str, ranges: Sequence[Range], sample: Sample, contract: Contract, timeout_s: float
) -> None:
    left = {each.partition: each.ends for each in ranges}
    consumer.assign([TopicPartition(topic, each.partition, each.begins) for each in ranges])
    last = time.monotonic()
    while left:
        messages = consumer.consume(_AT_A_TIME, timeout=_TURN_S)
        if messages:
            last = time.monotonic()
        elif time.monotonic() - last > timeout_s:
            raise SampleError(
                f"the sample {sample.source}: no record came for {timeout_s:g} s, and {len(left)} partitions are not "
                "read to their ends; check the cluster, or set PLAN_SAMPLE_TIMEOUT_S"
            )
        for message in messages:
            number, offset, error = message.partition() or 0, message.offset() or 0, message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                left.pop(number, None)
                continue
            if number not in left:
                continue
            if offset < left[number]:
                _count(sample, contract, message)
            if offset >= left[number] - 1:
                del left[number]


def _count(sample: Sample, contract: Contract, message: Message) -> None:
    value = message.value()
    try:
        sample.add(*contract(_record(message)), len(value or b""))
    except ValueError:
        sample.left_out += 1


def _record(message: Message) -> Record:
    topic, number, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
    return Record("", f"{topic}-{number}", topic, number, offset, 0, message.key(), message.value(), _headers(message))


def _headers(message: Message) -> list[dict[str, list[int]]]:
    found: Any
    try:
        found = message.headers() or ()
        return [{name: list(value or b"")} for name, value in found]
    except UnicodeDecodeError:  # a name that is not UTF-8: the client gives none of them
        return []


def _failed(source: str, error: KafkaError) -> str:
    return f"the sample {source} cannot be read: {error.str()}; check the address, the topic's name and PLAN_SECURITY"
