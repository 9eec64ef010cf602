"""The reject file: everything whole and with its reason, nothing in the log."""

import json
import logging
from base64 import b64decode
from pathlib import Path

import pytest

from producer.state.reject_file import RejectFile


def test_content_is_kept_whole(tmp_path: Path) -> None:
    """Text as text, other bytes as base64, with time, reason and place."""
    path = tmp_path / "new" / "rejected.jsonl"
    rejects = RejectFile(lambda: path, lambda: "now")
    rejects.add("malformed", "a:0", "aço".encode())
    rejects.add("malformed", "a:5", b"\xff\x00")
    rejects.flush()
    text, raw = (json.loads(line) for line in path.read_text().splitlines())
    assert text == {"at": "now", "reason": "malformed", "place": "a:0", "text": "aço"}
    assert b64decode(raw["base64"]) == b"\xff\x00"
    assert path.stat().st_mode & 0o077 == 0


def test_a_later_run_adds_to_it(tmp_path: Path) -> None:
    """What was refused before stays."""
    for _ in range(2):
        rejects = RejectFile(lambda: tmp_path / "rejected.jsonl", lambda: "now")
        rejects.add("malformed", "a:0", b"x")
        rejects.flush()
    assert len((tmp_path / "rejected.jsonl").read_text().splitlines()) == 2


def test_the_log_counts_and_says_no_content(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line a reason and flush, however many; nothing when nothing came."""
    rejects = RejectFile(lambda: tmp_path / "rejected.jsonl", lambda: "now")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            rejects.add("malformed", "a:0", b"secret")
        rejects.flush()
        rejects.flush()
    (record,) = caplog.records
    assert vars(record)["rejected"] == 3
    assert "secret" not in caplog.text
