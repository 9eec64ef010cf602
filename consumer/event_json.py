"""The event as it goes to a function elsewhere: the same JSON as `event` and `serialise` write, in one pass.

Written by way of objects, the numbers of the headers alone cost more than all else that the consumer does for a record.
"""

import json
from binascii import b2a_base64
from collections.abc import Iterable
from functools import lru_cache

from consumer.event import ConsumedRecord, EventSource

SIGNED = tuple(str(byte - 256 if byte > 127 else byte) for byte in range(256))
"""Each byte as the event writes it."""


def event_json(batch: Iterable[ConsumedRecord], source: EventSource) -> bytes:
    """Return the event for these records as compact JSON."""
    signed = SIGNED.__getitem__
    by_partition: dict[str, list[str]] = {}
    for partition, offset, timestamp, _, topic, number, timestamp_type, key, value, headers in batch:
        if (found := by_partition.get(partition)) is None:
            found = by_partition[partition] = []
        written = ",".join(
            [f"{{{_text(name)}:[{','.join(map(signed, content or b''))}]}}" for name, content in headers]
        )
        found.append(
            f'{{"topic":{_text(topic)},"partition":{number},"offset":{offset},"timestamp":{timestamp},'
            f'"timestampType":"{timestamp_type}","key":{_base64(key)},"value":{_base64(value)},"headers":[{written}]}}'
        )
    cluster = f'"eventSource":"aws:kafka","eventSourceArn":{_text(source.arn)}'
    if not source.arn:
        cluster = '"eventSource":"SelfManagedKafka"'
    records = ",".join([f"{_text(partition)}:[{','.join(each)}]" for partition, each in by_partition.items()])
    return f'{{{cluster},"bootstrapServers":{_text(source.bootstrap_servers)},"records":{{{records}}}}}'.encode()


def _base64(content: bytes | None) -> str:
    return "null" if content is None else f'"{b2a_base64(content, newline=False).decode()}"'


@lru_cache(maxsize=1024)
def _text(text: str) -> str:
    return json.dumps(text)
