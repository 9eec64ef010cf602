"""The reject file has everything whole and with its reason, whatever becomes of file and disk."""

import json
import logging
from base64 import b64decode
from pathlib import Path

import pytest

from comboio.host.disk import Disk
from producer.state.reject_file import MOST_UNSAVED_BYTES, RejectFile
from tests.support.faulty_disk import ERRORS, FaultyCalls, failure_log, sound_disk


def _rejects(path: Path, disk: Disk | None = None) -> RejectFile:
    return RejectFile(lambda: path, lambda: "now", disk or sound_disk(), failure_log())


def _texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]


def test_content_is_kept_whole(tmp_path: Path) -> None:
    """Text is kept as text, other bytes as base64, with time, reason and place."""
    path = tmp_path / "new" / "rejected.jsonl"
    rejects = _rejects(path)
    rejects.add("malformed", "a:0", "aço".encode())
    rejects.add("malformed", "a:5", b"\xff\x00")
    assert rejects.flush()
    text, raw = (json.loads(line) for line in path.read_text().splitlines())
    assert text == {"at": "now", "reason": "malformed", "place": "a:0", "text": "aço"}
    assert b64decode(raw["base64"]) == b"\xff\x00"
    assert path.stat().st_mode & 0o077 == 0


def test_a_later_run_adds_to_it(tmp_path: Path) -> None:
    """What was rejected before stays."""
    for text in (b"1", b"2"):
        rejects = _rejects(tmp_path / "rejected.jsonl")
        rejects.add("malformed", "a:0", text)
        rejects.flush()
    assert _texts(tmp_path / "rejected.jsonl") == ["1", "2"]


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_what_comes_after_the_file_was_taken_away_is_in_a_new_one(tmp_path: Path) -> None:
    """A file that was moved or deleted in the meantime gets nothing that is added later."""
    path = tmp_path / "rejected.jsonl"
    rejects = _rejects(path)
    rejects.add("malformed", "a:0", b"1")
    rejects.flush()
    path.rename(tmp_path / "rejected.1")
    rejects.add("malformed", "a:0", b"2")
    rejects.flush()
    path.unlink()
    rejects.add("malformed", "a:0", b"3")
    rejects.flush()
    assert (_texts(path), _texts(tmp_path / "rejected.1")) == (["3"], ["1"])


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("error", ERRORS)
def test_no_reject_is_lost_to_a_disk_that_fails(tmp_path: Path, error: int) -> None:
    """Whichever call fails, every reject is in the file after the next flush that succeeds."""
    calls = FaultyCalls()
    path = tmp_path / "rejected.jsonl"
    rejects = _rejects(path, Disk(calls))
    rejects.add("malformed", "a:0", b"0")
    rejects.flush()
    for number in range(1, calls.made + 1):
        path.unlink(missing_ok=True)  # so that it is made again, which takes all of the calls
        rejects.add("malformed", "a:0", b"%d" % number)
        calls.made, calls.fail_at, calls.error = 0, number, error
        assert not rejects.flush()
        assert len(rejects) == 1
        calls.fail_at = -1
        assert rejects.flush()
        assert str(number) in _texts(path)
    assert len(rejects) == 0


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_rejects_on_a_full_disk_have_a_bound(tmp_path: Path) -> None:
    """From some megabytes on it is full, so that workers wait and the memory does not fill."""
    calls = FaultyCalls()
    calls.broken = True
    rejects = _rejects(tmp_path / "rejected.jsonl", Disk(calls))
    while not rejects.full():
        rejects.add("malformed", "a:0", b"x" * (1 << 20))
    assert len(rejects) <= MOST_UNSAVED_BYTES >> 20
    assert not rejects.flush()
    calls.broken = False
    assert rejects.flush()
    assert not rejects.full()


def test_the_log_counts_and_says_no_content(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """There is one line a reason and flush, however many, and none when nothing came."""
    rejects = _rejects(tmp_path / "rejected.jsonl")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            rejects.add("malformed", "a:0", b"secret")
        rejects.flush()
        rejects.flush()
    (record,) = caplog.records
    assert vars(record)["rejected"] == 3
    assert "secret" not in caplog.text
