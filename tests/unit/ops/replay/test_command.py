"""The command sends continuations while the run stops for time."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local.aws.attach import Running, announce, attach, withdraw
from local.errors import LocalError
from ops.replay.command import follow
from ops.replay.tables import shown


def answer(**changed: Any) -> dict[str, Any]:
    """One of a run."""
    found = {
        "action": "replay",
        "source": "dlq",
        "dry_run": False,
        "stopped": "finished",
        "counts": {"matched": 3, "replayed": 3},
        "remaining": 7,
        "oldest_age_s": None,
        "foreign": [],
    }
    return {**found, **changed}


def test_continuations_are_sent_until_there_is_none() -> None:
    """The command returns the last answer, which counts all, and prints its progress line by line into a pipe."""
    answers = [answer(stopped="time", continuation={"action": "replay", "max_messages": 2}), answer()]
    asked: list[Mapping[str, Any]] = []

    def ask(request: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return answers.pop(0)

    said = io.StringIO()
    assert follow(ask, {"action": "replay"}, Console(file=said))["stopped"] == "finished"
    assert asked == [{"action": "replay"}, {"action": "replay", "max_messages": 2}]
    assert "replayed 3" in said.getvalue()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (answer(), "taken by the target"),
        (answer(foreign=[{"place": "m-1", "flaw": "[red]not JSON"}]), "[red]not JSON"),
        (answer(histogram={"reason": {"malformed": 1234}}, samples=[], confirmation="1-2-3"), "1,234"),
        ({"error": "refused", "faults": [{"field": "rate_per_s", "error": "wrong", "allowed": "> 0"}]}, "rate_per_s"),
    ],
)
def test_answers_are_shown_as_they_are(given: dict[str, Any], says: str) -> None:
    """The text of a letter is never taken for markup."""
    out = io.StringIO()
    Console(file=out, width=200).print(shown(given))
    assert says in out.getvalue()


def test_a_count_by_nothing_is_no_table() -> None:
    """Of an empty queue an answer shows its counts, and no tables without a row."""
    out = io.StringIO()
    Console(file=out, width=200).print(shown(answer(histogram={"reason": {}, "topic": {"mt-c400": 1}})))
    assert "by topic" in out.getvalue() and "by reason" not in out.getvalue()


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil"
"""Sets a terminal's title, clears it, colours it, and turns the direction of what follows."""


@pytest.mark.robustness("letters and documents of any shape")
@pytest.mark.parametrize(
    "given",
    [
        answer(samples=[{"id": "i", "reason": "r", "event_id": HOSTILE, "error": HOSTILE, "value": HOSTILE}]),
        answer(histogram={"codigo": {HOSTILE: 1}}, foreign=[{"place": HOSTILE, "flaw": HOSTILE}], problem=HOSTILE),
    ],
)
def test_no_letter_commands_a_terminal(given: dict[str, Any]) -> None:
    """What a letter says is shown to whoever looks at it, and does nothing to their terminal."""
    out = io.StringIO()
    Console(file=out, width=400).print(shown(given))
    assert "owned" in out.getvalue()
    assert not set(out.getvalue()) & set("\x1b\x07\x9b\u202e")


def test_a_stack_is_found_only_while_it_runs(tmp_path: Path) -> None:
    """Without a running stack, or with the file of one that was killed, the message says what to do."""
    place = tmp_path / "stack.json"
    with pytest.raises(LocalError, match="make stack"):
        attach(place)
    announce(Running("http://127.0.0.1:9"), place)
    with pytest.raises(LocalError, match="make stack"):
        attach(place)
    withdraw(place)
    assert not place.exists()
    place.write_text('{"endpoint": "x", "pid": 0}')
    withdraw(place)
    assert place.exists()
