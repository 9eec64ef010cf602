"""What the writer of packs writes is what their reader, which must stay one file to copy, reads."""

import ast
import gzip
import json
from base64 import b64decode, b64encode
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from comboio.contract import pack, unpack
from comboio.contract.pack import gzip_text, message_text, pack_text

IDS = st.text(st.characters(), max_size=20)
PAYLOADS = st.dictionaries(st.text(max_size=5), st.text(max_size=10) | st.integers() | st.none(), max_size=4)
MESSAGES = st.builds(
    unpack.Message,
    IDS,
    IDS,
    st.none() | IDS.filter(bool),
    PAYLOADS | st.none() | st.binary(max_size=9),
    st.none() | IDS,
)


def written(message: unpack.Message) -> str:
    """Return a message as the dispatcher writes it."""
    more = [] if message.key is None else [("key", message.key)]
    payload = message.message
    if isinstance(payload, bytes):
        more.append(("encoding", "base64"))
        payload = b64encode(payload).decode()
    return message_text(message.id or "", message.correlation_id or "", message.traceparent, json.dumps(payload), more)


@given(st.lists(MESSAGES, max_size=6))
def test_a_pack_is_read_as_it_was_written(messages: list[unpack.Message]) -> None:
    """Each message comes out of a pack with its ids, whatever characters they have, and with its payload."""
    assert list(unpack.read(pack_text(map(written, messages)))) == messages


@given(st.lists(MESSAGES, max_size=6), st.integers(1, 50))
def test_a_compressed_pack_is_read_as_it_was_written(messages: list[unpack.Message], times: int) -> None:
    """And it is never larger than it was: what gains nothing stays as it is."""
    text = pack_text(map(written, messages * times))
    packed = gzip_text(text)
    assert list(unpack.read(packed)) == messages * times
    assert len(packed) < len(text.encode()) if packed != text else len(text) < 10_000
    assert gzip_text(text) == packed


@given(MESSAGES)
def test_a_single_message_is_read_as_it_was_written(message: unpack.Message) -> None:
    """A message that travels alone comes out with its ids and its payload."""
    assert list(unpack.read(written(message))) == [message]


def test_the_reader_knows_the_writer_s_format() -> None:
    """Version and field names are the same in the writer and in the reader's own copy of them."""
    assert pack.VERSION == unpack.VERSION
    assert json.loads(pack_text(())) == {pack.VERSION_FIELD: pack.VERSION, pack.MESSAGES_FIELD: []}
    assert {pack.VERSION_FIELD, pack.MESSAGES_FIELD} == {unpack.VERSION_FIELD, unpack.MESSAGES_FIELD}
    packed = gzip_text(pack_text(["{}"] * 100))
    assert packed == json.dumps(json.loads(packed), separators=(",", ":"))
    assert pack.GZIP_VERSION == unpack.GZIP_VERSION == json.loads(packed)[unpack.VERSION_FIELD]
    assert pack_text(["{}"] * 100) == gzip.decompress(b64decode(json.loads(packed)[unpack.GZIP_FIELD])).decode()
    assert set(pack.ID_FIELDS) | {pack.PAYLOAD_FIELD} == {*unpack.Message._fields, "encoding"}
    assert set(pack.ID_FIELDS) == unpack.ID_FIELDS


def test_the_reader_needs_nothing_but_python() -> None:
    """The reader's file imports only the standard library, so that it may be copied into a receiver."""
    tree = ast.parse(Path(unpack.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert modules == {"base64", "json", "collections.abc", "typing", "zlib"}
