"""What arrived in the queue, the bucket, the function and the DLQ."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.unpack import read
from local.aws import Aws
from local.aws.queue import messages


def text(message: Any) -> str:
    """Return a message as text that compares: the same for the same content."""
    return json.dumps(message, sort_keys=True, ensure_ascii=False)


def in_queue(aws: Aws, queue_url: str) -> Counter[str]:
    """Return the messages of a queue."""
    return _counted(each.message for held in messages(aws, queue_url) for each in read(held.body, held.attributes))


def in_bucket(aws: Aws, bucket: str) -> Counter[str]:
    """Return the messages in the objects of a bucket."""
    s3 = aws.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    names = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    bodies = (gzip.decompress(s3.get_object(Bucket=bucket, Key=name)["Body"].read()) for name in names)
    return _counted(each.message for body in bodies for each in read(body))


def in_file(path: Path) -> Counter[str]:
    """Return the messages that the function wrote down."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return _counted(json.loads(line)["message"] for line in lines)


def dead(aws: Aws, queue_url: str) -> list[DeadLetter]:
    """Return the letters of a DLQ."""
    return [DeadLetter.from_json(held.body) for held in messages(aws, queue_url)]


def _counted(found: Iterable[Any]) -> Counter[str]:
    return Counter(map(text, found))


def missing(expected: Mapping[str, int], found: Mapping[str, int]) -> int:
    """Return how many messages did not arrive."""
    return sum(max(0, number - found.get(each, 0)) for each, number in expected.items())


def foreign(expected: Mapping[str, int], found: Mapping[str, int]) -> int:
    """Return how many messages arrived that were not sent so, or more often than they were sent."""
    return sum(max(0, number - expected.get(each, 0)) for each, number in found.items())
