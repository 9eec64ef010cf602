"""A document of an on-failure destination, as Lambda writes it."""

import base64
import json
from typing import Any

from tests.support.replayer import NOW


def document(offsets: list[int], **changed: Any) -> bytes:
    """Return a document with records of t-0, some of its fields changed."""
    records = [
        {
            "topic": "t",
            "partition": 0,
            "offset": offset,
            "timestamp": NOW,
            "key": None,
            "value": base64.b64encode(b"%d" % offset).decode(),
            "headers": [{"h": [-61]}],
        }
        for offset in offsets
    ]
    payload = {"eventSource": "aws:kafka", "records": {"t-0": records}}
    found = {
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "timestamp": "2026-11-22T14:00:00.000Z",
        "KafkaBatchInfo": {"recordsInfo": {"t-0": {"firstRecordOffset": "0"}}},
        "payload": json.dumps(payload),
    }
    return json.dumps({**found, **changed}).encode()
