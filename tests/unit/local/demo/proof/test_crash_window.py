"""Which records a crash may have sent twice."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.demo.proof.crash_window import crash_windows, windows
from local.demo.proof.paths import Paths


def test_only_invocations_without_an_end_and_crashed_ones_count() -> None:
    """One that began and ended is no excuse for a copy; one that was killed, or crashed on purpose, is."""
    journal: list[dict[str, Any]] = [
        {"id": "ended", "partitions": {"t-0": [0, 9]}},
        {"id": "ended", "failed": 0, "error": None},
        {"id": "crashed", "partitions": {"t-0": [10, 19]}},
        {"id": "crashed", "failed": 10, "error": None},
        {"id": "killed", "partitions": {"t-0": [20, 29], "t-1": [5, 6]}},
    ]
    assert windows([journal], {"crashed"}) == {"t-0": ((10, 19), (20, 29)), "t-1": ((5, 6),)}


def test_each_journal_is_read_by_itself() -> None:
    """The end of an invocation in one consumer's journal says nothing about another's."""
    begun = [{"id": "x", "partitions": {"t-0": [0, 1]}}]
    ended = [{"id": "x", "failed": 0, "error": None}]
    assert windows([begun, ended], set()) == {"t-0": ((0, 1),)}


def test_an_invocation_during_which_a_call_had_no_answer_counts(tmp_path: Path) -> None:
    """It ended well, and what it sent a second time may have been taken the first time too."""
    paths = Paths(tmp_path)
    lines: list[dict[str, Any]] = [
        {"id": name, "partitions": {"t-0": [first, first + 9]}} for first, name in enumerate(("a", "b"))
    ]
    lines += [{"id": name, "failed": 0, "error": None} for name in ("a", "b")]
    paths.journal("a").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert crash_windows(paths) == {}
    paths.unanswered.write_text('{"id": "b"}\n')
    assert crash_windows(paths) == {"t-0": ((1, 10),)}


@pytest.mark.parametrize(
    "error",
    [
        "the function ended with Runtime.ExitError: RequestId: x Error: Runtime exited with error: signal: killed",
        "the function ended with status 502",
        "the function was stopped: Task timed out after 4.00 seconds",
        "the emulator at 127.0.0.1:9000: RemoteDisconnected: Remote end closed connection without response",
    ],
)
def test_an_invocation_whose_function_died_counts(error: str) -> None:
    """It may have sent its records before it died under the emulator, and they are sent again."""
    begun = {"id": "x", "partitions": {"t-0": [0, 1]}}
    assert windows([[begun, {"id": "x", "failed": 2, "error": error}]], set()) == {"t-0": ((0, 1),)}


@pytest.mark.parametrize("error", ["KeyError: 'codigo'", "the function ended with KeyError: 'codigo'"])
def test_an_exception_of_the_handler_is_no_excuse(error: str) -> None:
    """A defect that raises after the sends is not to pass for a crash."""
    begun = {"id": "x", "partitions": {"t-0": [0, 1]}}
    assert windows([[begun, {"id": "x", "failed": 2, "error": error}]], set()) == {}
