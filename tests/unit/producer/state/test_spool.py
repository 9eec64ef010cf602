"""The spool gives back what was put in, in order, and a disk that fails never takes what was safe."""

import errno
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.host.disk import Disk
from producer.message.message import OutgoingMessage
from producer.state.spool import Spool
from tests.support.faulty_disk import ERRORS, FaultyCalls, failure_log, sound_disk

_bytes = st.none() | st.binary(max_size=50)
_text = st.text(max_size=9)
_messages = st.lists(st.builds(OutgoingMessage, st.text(min_size=1), _bytes, _bytes, _text, _text, _text), max_size=9)


def _spool(path: Path, disk: Disk | None = None) -> Spool:
    return Spool(lambda: path, disk or sound_disk(), failure_log(), lambda: True)


def _message(number: int) -> OutgoingMessage:
    return OutgoingMessage("t", b"%d" % number, b"v", "", "", "")


@given(_messages)
def test_what_is_put_in_comes_out(messages: list[OutgoingMessage]) -> None:
    """Keys, values, ids and tombstones come out byte for byte, also for the next one who opens it."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "spool.jsonl"
        assert _spool(path).replace(messages)
        spool = _spool(path)
        assert (len(spool), list(spool.read())) == (len(messages), messages)
        assert spool.clear()
        assert list(Path(directory).iterdir()) == []


def test_it_can_be_replaced_by_a_part_of_itself(tmp_path: Path) -> None:
    """What is left of a spool being read goes into the spool again."""
    spool = _spool(tmp_path / "spool.jsonl")
    spool.replace(map(_message, range(5)))
    rest = spool.read()
    next(rest)
    assert spool.replace(rest)
    assert [message.key for message in _spool(tmp_path / "spool.jsonl").read()] == [b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize("error", ERRORS)
def test_what_was_safe_stays_until_its_successor_is(tmp_path: Path, error: int) -> None:
    """Whichever call of a rewrite fails, the file has all of the old messages or all of the new ones."""
    calls = FaultyCalls()
    disk, path = Disk(calls), tmp_path / "spool.jsonl"
    old, new = list(map(_message, range(3))), list(map(_message, range(2, 9)))
    _spool(path, disk).replace(old)
    needed = calls.made
    for number in range(1, needed + 1):
        spool = _spool(path, disk)
        spool.replace(old)
        settled: list[int] = []
        calls.made, calls.fail_at, calls.error = 0, number, error
        saved = spool.replace(new, [lambda: settled.append(1)])  # noqa: B023 - called in this turn
        assert not saved
        assert not settled
        assert list(_spool(path).read()) in (old, new)
        assert list(spool.read()) == new
        calls.fail_at = -1
        assert spool.save()
        assert settled == [1]
        assert list(_spool(path).read()) == new


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_disk_that_stays_full_costs_no_message(tmp_path: Path) -> None:
    """Messages are sent from memory meanwhile; their sources forget them only when they are acknowledged or saved."""
    calls = FaultyCalls()
    path = tmp_path / "spool.jsonl"
    _spool(path).replace([_message(1)])
    spool = _spool(path, Disk(calls))
    settled: list[str] = []
    calls.broken = True
    assert not spool.replace([_message(1), _message(2)], [lambda: settled.append("a")])
    assert not spool.replace([_message(2)], [lambda: settled.append("b")])
    assert [message.key for message in spool.read()] == [b"2"]
    assert [message.key for message in _spool(path).read()] == [b"1"]
    assert not settled
    assert not spool.clear()
    assert settled == ["a", "b"]
    calls.broken = False
    assert spool.save()
    assert not path.exists()


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_broken_line_does_not_hide_the_others(tmp_path: Path) -> None:
    """A damaged line is set aside and stays; what is around it is sent, and then the spool is gone."""
    path = tmp_path / "spool.jsonl"
    _spool(path).replace(map(_message, range(2)))
    one, two = path.read_bytes().splitlines()
    path.write_bytes(one + b"\n" + two[:10] + b"\n" + two + b"\n")
    spool = _spool(path)
    assert [message.key for message in spool.read()] == [b"0", b"1"]
    spool.clear()
    assert [file.name for file in tmp_path.iterdir()] == ["spool.damaged"]
    assert (tmp_path / "spool.damaged").read_bytes() == two[:10] + b"\n"
    assert (tmp_path / "spool.damaged").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("field", ["topic", "event_id", "kind"])
def test_a_line_with_a_field_of_the_wrong_type_is_set_aside(tmp_path: Path, field: str) -> None:
    """What the client would not take is no message, and does not end every start from then on."""
    path = tmp_path / "spool.jsonl"
    fields = dict.fromkeys(("topic", "event_id", "correlation_id", "traceparent", "kind"), '"x"') | {field: "7"}
    line = ",".join(f'"{name}":{value}' for name, value in {**fields, "key": "null", "value": "null"}.items())
    path.write_text("{" + line + "}\n")
    assert len(_spool(path)) == 0
    assert (tmp_path / "spool.damaged").exists()


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_damaged_lines_are_not_lost_on_a_full_disk(tmp_path: Path) -> None:
    """As long as they cannot be set aside, the file that has them stays."""
    path = tmp_path / "spool.jsonl"
    _spool(path).replace([_message(1)])
    path.write_bytes(path.read_bytes() + b"damaged\n")
    calls = FaultyCalls()
    calls.broken = True
    spool = _spool(path, Disk(calls))
    assert len(spool) == 1
    assert not spool.clear()
    assert b"damaged" in path.read_bytes()
    calls.broken = False
    assert spool.save()
    assert (tmp_path / "spool.damaged").read_bytes() == b"damaged\n"
    assert not path.exists()


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_file_that_cannot_be_removed_is_removed_later(tmp_path: Path) -> None:
    """A disk that is read-only for a while does not end the run; at worst its messages are sent twice."""
    calls = FaultyCalls()
    spool = _spool(tmp_path / "spool.jsonl", Disk(calls))
    spool.replace([_message(1)])
    calls.broken, calls.error = True, errno.EROFS
    assert not spool.clear()
    calls.broken = False
    assert spool.save()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_does_not_last_is_not_made_for_nothing(tmp_path: Path) -> None:
    """The temporary directory is asked for only when something must be kept."""
    asked = []

    def where() -> Path:
        asked.append(True)
        return tmp_path / "spool.jsonl"

    spool = Spool(where, sound_disk(), failure_log(), lambda: True, lasting=False)
    spool.replace([])
    spool.clear()
    assert not asked
    assert spool.replace([_message(1)])
    assert len(list(spool.read())) == 1


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_nothing_is_forgotten_before_its_reject_is_on_disk(tmp_path: Path) -> None:
    """A spooled message that Kafka refused is in the spool file until it is in the reject file; at the end of a run
    whose rejects no disk takes, the old messages stay beside the new ones."""
    path, ready = tmp_path / "spool.jsonl", False
    _spool(path).replace(map(_message, range(3)))
    spool = Spool(lambda: path, sound_disk(), failure_log(), lambda: ready)
    assert not spool.replace([_message(2), _message(3)])
    assert [message.key for message in _spool(path).read()] == [b"0", b"1", b"2"]
    assert [message.key for message in spool.read()] == [b"2", b"3"]
    assert spool.keep_all()
    assert [message.key for message in _spool(path).read()] == [b"0", b"1", b"2", b"3"]
    assert not spool.clear()
    assert path.exists()
    ready = True
    assert spool.save()
    assert not path.exists()
