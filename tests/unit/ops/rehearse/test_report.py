"""What a rehearsal says of where messages went."""

import json
from pathlib import Path

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.unpack import Message
from ops.rehearse.rehearsal import Found, why_records_wait
from ops.rehearse.report import RehearsalReport
from ops.rehearse.samples import SampleMessage
from tests.support.dispatcher import record

ONE = SampleMessage((), None, b"{}")


def message(offset: int, content: object = 1, topic: str = "t") -> Message:
    """Return what a destination has of a record."""
    return Message(f"0123456789/{topic}-0:{offset}@1700000000000", None, None, content)


def letter(offset: int) -> DeadLetter:
    """Return a dead letter of a record."""
    return DeadLetter.of(
        record(offset), reason="malformed", error="code: none", first_failure=0, last_failure=0, correlation_id="c"
    )


def test_each_message_has_its_place(tmp_path: Path) -> None:
    """By topic: where it went, why it is a dead letter, that it waits, or that the table lets it go."""
    found = Found(
        {"a": [message(0), message(1), message(1)], "b": [message(1, b"\xff"), message(0, topic="t-0-x")]},
        {("t", 2): letter(2)},
        frozenset({("t", 4)}),
        "The schema registry did not answer.",
    )
    report = RehearsalReport({"t": [ONE] * 5, "t-0-x": [ONE]}, found)
    assert report.lines() == [
        "t      1  to a",
        "t      1  to a, b",
        "t      1  DLQ, malformed: code: none",
        "t      1  nowhere: the table discards it",
        "t      1  not done: The schema registry did not answer.",
        "t-0-x  1  to b",
    ]
    assert not report.sound
    assert report.verdict().startswith("1 of 6 messages are dead letters, and 1 were not done.")
    report.write(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()]
    assert [line["message"] for line in lines] == ["/w==", 1]


def test_all_that_went_where_a_route_sends_it_is_sound() -> None:
    """What the table discards on purpose is no fault."""
    report = RehearsalReport({"t": [ONE, ONE]}, Found({"a": [message(0)]}, {}, frozenset()))
    assert report.sound
    assert report.verdict() == "Each message went where a route sends it."


def test_the_log_says_why_records_wait() -> None:
    """The last reason counts, among lines of all kinds."""
    waits, fails = '{"message": "records wait", "error": "a"}', '{"message": "record failed", "error": "b"}'
    log = f'[]\nno JSON\n{waits}\n{fails}\n{{"event": 1}}\n'
    assert why_records_wait(log) == "b"
    assert why_records_wait("7\n") == ""
