"""Files of Kafka's console consumer are read as it prints them."""

from pathlib import Path

import pytest

from local.errors import LocalError
from ops.rehearse.samples import SampleMessage, read_samples


def write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file, and return its folder."""
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"NO_HEADERS\tnull\t{}", SampleMessage((), None, b"{}")),
        (b"tenant:acme\tBR-1\t{}", SampleMessage((("tenant", b"acme"),), b"BR-1", b"{}")),
        (b"a:1,b:2\tk\tx", SampleMessage((("a", b"1"), ("b", b"2")), b"k", b"x")),
        (b"at:12:30,list:1,2,3\tk\tx", SampleMessage((("at", b"12:30"), ("list", b"1,2,3")), b"k", b"x")),
        (b"NO_HEADERS\tk\ta\tb", SampleMessage((), b"k", b"a\tb")),
        (b"NO_HEADERS\tk\tnull", SampleMessage((), b"k", None)),
        (b"NO_HEADERS\t\t", SampleMessage((), b"", b"")),
        ("kind:São\tção\té".encode(), SampleMessage((("kind", "São".encode()),), "ção".encode(), "é".encode())),
    ],
)
def test_a_line_is_a_message(tmp_path: Path, line: bytes, message: SampleMessage) -> None:
    """With headers, key and value; null is null, and what else is in a value stays there."""
    write(tmp_path, "vehicle.events", line + b"\n" + line + b"\n")
    assert read_samples(tmp_path, lambda _: False) == {"vehicle.events": [message, message]}


def test_a_payload_with_a_schema_s_id_is_the_whole_file(tmp_path: Path) -> None:
    """Its bytes are what they are, line ends and tabs among them."""
    write(tmp_path, "stops", b"NO_HEADERS\tk\t\0\0\0\0\x0a\n\t\n")
    assert read_samples(tmp_path, "stops".__eq__) == {"stops": [SampleMessage((), b"k", b"\0\0\0\0\x0a\n\t")]}


PRINTED = (
    b'tenant:acme,at:12:30,list:1,2,nul:null\tBRA2E19\t{"data": {"type": "VEHICLE_STOP"}}\n'
    b'NO_HEADERS\tnull\t{"data":\t1}\nNO_HEADERS\t\xc3\xa7\xc3\xa3o\t\xc3\xa9\nNO_HEADERS\tgone\tnull\n'
)
"""What kafka-console-consumer.sh of Apache Kafka 4.1.1 printed of four messages."""


def test_what_kafka_itself_prints_is_read(tmp_path: Path) -> None:
    """Headers with colons, commas and null, tabs in a value, letters that are not ASCII, a tombstone."""
    write(tmp_path, "vehicle.events", PRINTED)
    assert read_samples(tmp_path, lambda _: False)["vehicle.events"] == [
        SampleMessage(
            (("tenant", b"acme"), ("at", b"12:30"), ("list", b"1,2"), ("nul", b"null")),
            b"BRA2E19",
            b'{"data": {"type": "VEHICLE_STOP"}}',
        ),
        SampleMessage((), None, b'{"data":\t1}'),
        SampleMessage((), "ção".encode(), "é".encode()),
        SampleMessage((), b"gone", None),
    ]


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t", b'{"codigo": 300}\n', "t, line 1: there are no headers, key and value"),
        ("t", b'NO_HEADERS\tk\t{\n  "codigo": 300\n}\n', "t, line 2: there are no headers, key and value"),
        ("t", b"", "line 1"),
        ("a b", b"NO_HEADERS\tk\tx", "the name of its topic"),
        ("t", b"x" * 5_000_000, "Take fewer messages"),
        (".hidden", b"", "has no files"),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_place(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    """The error names file and line, and the options that print a message whole."""
    with pytest.raises(LocalError, match=says):
        read_samples(write(tmp_path, name, content), lambda _: False)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With how to make one."""
    with pytest.raises(LocalError, match=r"none is not a folder.*print\.headers=true"):
        read_samples(tmp_path / "none", lambda _: False)
