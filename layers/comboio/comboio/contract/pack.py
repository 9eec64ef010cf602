"""The pack: many messages in one entry, and one message with its ids. `comboio.contract.unpack` reads both.

A message is `{"id":...,"correlation_id":...,"traceparent":...,"message":...}`: `id` is the record's own (see
`comboio.contract.record`), unique and the same in every redelivery; `traceparent` is left out where the record has
none; `message` is the payload as it came, or a text where the payload is not JSON: one with `"encoding":"base64"` if it
is no text either. A tombstone is `null`, and names its `key`. A pack is `{"comboio_pack":1,"messages":[...]}` of such
messages.

The texts are put together by hand, since a batch has thousands of them. Every id is escaped all the same.
"""

from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as quoted

VERSION = 1
VERSION_FIELD = "comboio_pack"
MESSAGES_FIELD = "messages"
ID_FIELDS = ("id", "correlation_id", "traceparent", "key", "encoding")
PAYLOAD_FIELD = "message"

PACK_START = f'{{"{VERSION_FIELD}":{VERSION},"{MESSAGES_FIELD}":['
PACK_END = "]}"


def message_text(
    id_: str, correlation_id: str, traceparent: str | None, payload: str, more: Iterable[tuple[str, str]] = ()
) -> str:
    """Return a message with its ids as JSON; `payload` is JSON already, and `more` are `key` and `encoding`."""
    trace = f'"traceparent":{quoted(traceparent)},' if traceparent else ""
    for name, text in more:
        trace += f'"{name}":{quoted(text)},'
    return f'{{"id":{quoted(id_)},"correlation_id":{quoted(correlation_id)},{trace}"message":{payload}}}'


def pack_text(messages: Iterable[str]) -> str:
    """Return the pack of some messages as JSON."""
    return f"{PACK_START}{','.join(messages)}{PACK_END}"
