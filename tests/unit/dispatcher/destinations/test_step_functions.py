"""Names of executions."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.http import Answer
from dispatcher.destinations.step_functions import execution_name
from tests.support.aws_wire import Wire, destination, entries
from tests.support.dispatcher import parcel, payload, route

EVENT_IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=128)


@given(EVENT_IDS, EVENT_IDS)
def test_any_event_id_makes_a_name(one: str, other: str) -> None:
    """Every event_id makes a name that Step Functions takes, the same one for the same id and for no other."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", execution_name(one))
    assert (execution_name(one) == execution_name(other)) == (one == other)


def test_an_id_that_is_a_name_stays_readable() -> None:
    """A UUID is found in the console as it is."""
    assert execution_name("0192f0c1-7b7e-7000-8000-000000000001") == "0192f0c1-7b7e-7000-8000-000000000001"


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
