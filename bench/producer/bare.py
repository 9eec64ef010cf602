"""Runs the least that a producer can do: premade messages, the same client settings, one callback that counts.

The messages are the pipeline's own, made before the clock starts, and produced again and again. As in the pipeline,
the queue stays below its limit, and the callback learns of each message whether it was delivered.
"""

import json
import os
import sys
import time
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from bench.producer.measure import Usage
from comboio.contract.partition_key import by_codigo_truck_id
from producer.kafka.config import kafka_config
from producer.main import collect_rarely
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.message.message import Headers
from producer.message.pipeline import Pipeline
from producer.message.topic_resolver import TopicResolver, UnknownCodigoError
from producer.options.settings import ProducerSettings
from producer.source.reading import Reading
from producer.source.synthetic import SyntheticSource, fleet, ranked_codes
from producer.topics.file import Topics

_PREMADE = 50_000
"""Messages made before the clock starts: enough for every partition and code, few enough for the memory."""
_BATCH = 100
"""Messages between two polls, as in the pipeline at full speed on one thread."""


def main() -> None:
    """Produce for the time that the environment says, and print the figures."""
    collect_rarely()
    settings = ProducerSettings.from_environment(os.environ)
    topics = Topics.load()
    pipeline = Pipeline(
        MessageBuilder(EventIds(os.urandom), settings.message_bytes),
        TopicResolver(topics.strategy(settings.topic_strategy), topics.known),
        by_codigo_truck_id,
    )
    source = SyntheticSource(fleet(settings.trucks, settings.fleets, settings.seed), ranked_codes(settings.codes), "1")
    now_ms = time.time_ns() // 1_000_000
    messages: list[tuple[str, bytes | None, bytes | None, Headers]] = []
    for _ in range(0, _PREMADE, _BATCH):
        made = pipeline.messages(source.read(_BATCH, now_ms).readings, now_ms, _refuse)
        messages += zip(made.topics, made.values, made.keys, map(dict, made.headers()), strict=True)
    config: dict[str, Any] = kafka_config(settings)
    config["stats_cb"] = lambda _: None
    client = Producer(config)
    client.list_topics(timeout=10)
    delivered = failed = 0

    def on_delivery(error: KafkaError | None, _: Message) -> None:
        nonlocal delivered, failed
        if error is None:
            delivered += 1
        else:
            failed += 1

    produce = client.produce
    full = int(settings.queue_messages * 0.8)
    usage = Usage()
    end = time.monotonic() + settings.duration
    at = 0
    while time.monotonic() < end:
        for topic, value, key, headers in messages[at : at + _BATCH]:
            produce(topic, value, key, headers=headers, on_delivery=on_delivery)
        at = (at + _BATCH) % _PREMADE
        client.poll(0)
        while len(client) >= full:
            client.poll(0.1)
    client.flush(60)
    sys.stdout.write(json.dumps({**usage.figures(delivered), "failed": failed}) + "\n")


def _refuse(_: Reading, error: UnknownCodigoError) -> None:
    raise error


if __name__ == "__main__":
    main()
