"""What Firehose is sent."""

import base64
import json

from tests.support.aws_wire import Wire, destination, entries
from tests.support.dispatcher import parcel, payload, route


def test_a_message_is_a_line() -> None:
    """Packed or not, and however its payload was laid out, each message is one line of JSON."""
    wire = Wire()
    where = destination("firehose", wire)
    laid_out = json.dumps(json.loads(payload(note="a\nb")), indent=2).replace("\n", "\r\n").encode()
    way = route(pack=3)
    where.send(entries(where, [parcel(n, way, laid_out) for n in range(3)]))
    (record,) = json.loads(wire.posted[0][1])["Records"]
    lines = base64.b64decode(record["Data"]).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["message"]["note"] for line in lines] == ["a\nb"] * 3
