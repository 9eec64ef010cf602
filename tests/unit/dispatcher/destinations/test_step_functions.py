"""Names of executions."""

import json
import re

from comboio.aws.http import Answer
from tests.support.aws_wire import Wire, destination, entries
from tests.support.dispatcher import parcel, payload, route


def test_an_execution_has_its_trace_and_its_name() -> None:
    """A message's execution is named by its event; a pack's by its messages; a trace is X-Ray's."""
    wire = Wire(lambda body: Answer(200, b'{"executionArn":"x"}'))
    where = destination("step_functions", wire)
    one = parcel(1, value=payload())
    one.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    way = route(pack=2)
    for made in entries(where, [one], [parcel(n, way, payload()) for n in range(2)]):
        assert where.send([made]) == [None]
    alone, packed = (json.loads(body) for _, body in wire.posted)
    assert alone["name"] == "e-1"
    assert alone["traceHeader"] == "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"
    assert re.fullmatch(r"pack-[0-9a-f]{40}", packed["name"])
    assert "traceHeader" not in packed
