"""The spool: what is put in comes out, in order, whatever the bytes; it is there entirely or not at all."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from producer.message.message import Message
from producer.state.spool import Spool

_bytes = st.none() | st.binary(max_size=50)
_text = st.text(max_size=9)
_messages = st.lists(st.builds(Message, st.text(min_size=1), _bytes, _bytes, _text, _text, _text), max_size=9)


@given(_messages)
def test_what_is_put_in_comes_out(messages: list[Message]) -> None:
    """Keys, values, ids and tombstones byte for byte, also for the next one who opens it."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "spool.jsonl"
        assert Spool(lambda: path).replace(messages) == len(messages)
        spool = Spool(lambda: path)
        assert (spool.messages, list(spool.read())) == (len(messages), messages)
        spool.clear()
        assert list(Path(directory).iterdir()) == []


def _message(number: int) -> Message:
    return Message("t", b"%d" % number, b"v", "", "", "")


def test_it_can_be_replaced_by_a_part_of_itself(tmp_path: Path) -> None:
    """What is left of a spool being read goes into the spool again."""
    spool = Spool(lambda: tmp_path / "spool.jsonl")
    spool.replace(map(_message, range(5)))
    rest = spool.read()
    next(rest)
    assert spool.replace(rest) == 4
    assert [message.key for message in spool.read()] == [b"1", b"2", b"3", b"4"]


def test_a_broken_line_does_not_hide_the_others(tmp_path: Path) -> None:
    """A damaged line is set aside and stays; what is around it is sent, and then the spool is gone."""
    path = tmp_path / "spool.jsonl"
    Spool(lambda: path).replace(map(_message, range(2)))
    one, two = path.read_bytes().splitlines()
    path.write_bytes(one + b"\n" + two[:10] + b"\n" + two + b"\n")
    spool = Spool(lambda: path)
    assert (spool.messages, [message.key for message in spool.read()]) == (2, [b"0", b"1"])
    spool.clear()
    assert [file.name for file in tmp_path.iterdir()] == ["spool.damaged"]
    assert (tmp_path / "spool.damaged").read_bytes() == two[:10] + b"\n"
    assert (tmp_path / "spool.damaged").stat().st_mode & 0o077 == 0


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """Messages are nobody else's business."""
    spool = Spool(lambda: tmp_path / "spool.jsonl")
    spool.replace([_message(1)])
    assert spool.path.stat().st_mode & 0o077 == 0


def test_a_place_that_does_not_last_is_not_made_for_nothing(tmp_path: Path) -> None:
    """The temporary directory is asked for only when something must be kept."""
    asked = []

    def where() -> Path:
        asked.append(True)
        return tmp_path / "spool.jsonl"

    spool = Spool(where, lasting=False)
    spool.replace([])
    spool.clear()
    assert not asked
    assert spool.replace([_message(1)]) == 1
    assert len(list(spool.read())) == 1
