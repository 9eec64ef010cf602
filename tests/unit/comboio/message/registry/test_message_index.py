"""Which message of a .proto file a payload is, by Confluent's and by Glue's bytes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import MalformedMessageError
from comboio.message.registry import message_index
from comboio.message.registry.message_index import MOST_DEPTH


@pytest.mark.parametrize(
    ("written", "which"),
    [
        (b"\x00", (0,)),
        (b"\x02\x00", (0,)),
        (b"\x02\x02", (1,)),
        (b"\x04\x02\x00", (1, 0)),
        (b"\x04\x02\xc0\x02", (1, 160)),
    ],
)
def test_confluent_writes_zigzag_numbers(written: bytes, which: tuple[int, ...]) -> None:
    """The bytes of Confluent's page on the wire format: a lone 0 is the first message."""
    assert message_index.confluent(written + b"rest") == (which, b"rest")


@pytest.mark.parametrize(("written", "which"), [(b"\x00", 0), (b"\x01", 1), (b"\xac\x02", 300)])
def test_glue_writes_one_plain_number(written: bytes, which: int) -> None:
    """As CodedOutputStream.writeUInt32NoTag does, whatever the serializer's comment says of zigzag."""
    assert message_index.glue(written + b"rest") == (which, b"rest")


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "written",
    [b"", b"\x04\x02", b"\x80" * 6, b"\x01\x00", bytes([2 * (MOST_DEPTH + 1)]) + b"\0" * 99, b"\xfe\xff\xff\xff\x0f"],
)
def test_no_index_is_malformed(written: bytes) -> None:
    """Cut off, endless, negative or too deep: the dead letter says what is missing."""
    with pytest.raises(MalformedMessageError, match="which message"):
        message_index.confluent(written)


@pytest.mark.robustness("input of any shape")
@given(st.binary(max_size=40))
def test_any_bytes_have_an_index_or_are_malformed(payload: bytes) -> None:
    """Nothing else is raised, by either reader."""
    for read in (message_index.confluent, message_index.glue):
        with suppress(MalformedMessageError):
            assert payload.endswith(read(payload).payload)
