"""The looks of a profile, put down to stages."""

import pytest

from bench.dispatcher.measure import Reading
from bench.dispatcher.tally import Counts
from bench.whole.stages import REST, SYSTEM, WAITING, Profile, spent_us, stage

MAIN = "<module> (/r/awslambdaric/__main__.py:1)"
DISPATCH = "dispatch (/f/dispatcher/dispatch.py:88)"


@pytest.mark.parametrize(
    ("innermost", "wanted"),
    [
        (["raw_decode (/r/simplejson/decoder.py:430)"], "runtime: parse event, give answer"),
        (["unmarshal_request (/f/dispatcher/runtime_parser.py:29)"], "runtime: parse event, give answer"),
        (["parse_event (/l/comboio/contract/event_json.py:45)"], "runtime: parse event, give answer"),
        ([DISPATCH, "record_of (/l/comboio/contract/record.py:9)", "b64decode (/p/base64.py:88)"], "read records"),
        ([DISPATCH, "call (/l/comboio/aws/json_api.py:9)", "encode (/p/json/encoder.py:200)"], "speak HTTP"),
        ([DISPATCH, "receive (/l/comboio/aws/connection.py:63)", "read (/p/ssl.py:1169)"], "TLS and sockets"),
        ([DISPATCH, "wait (/p/threading.py:327)"], "threads"),
        ([DISPATCH], "rest of the dispatcher"),
    ],
)
def test_a_look_belongs_to_the_innermost_frame_that_has_a_stage(innermost: list[str], wanted: str) -> None:
    """Python's library belongs to whoever called it."""
    assert stage([MAIN, *innermost]) == wanted


def test_a_stack_without_a_stage_is_rest() -> None:
    """Nothing is left out of the table."""
    assert stage(["_bootstrap (/p/somewhere.py:1)"]) == REST


def test_the_stages_come_to_the_time_on_the_clock() -> None:
    """Of 100 us 30 are waiting, a tenth of the 70 us of CPU is the system's, and the looks, however few, divide 63."""
    stacks = f"{MAIN};{DISPATCH} 40\n{MAIN};read (/p/ssl.py:1) 10\n"
    reading = Reading(1_000_000, 100.0, 70.0, 0.0, Counts(), 0.0)
    spent = spent_us(Profile(stacks, system_share=0.1), reading)
    assert spent == pytest.approx({"rest of the dispatcher": 50.4, "TLS and sockets": 12.6, SYSTEM: 7.0, WAITING: 30.0})
    assert next(iter(spent)) == "rest of the dispatcher"
