"""For receivers: reads the messages in what a Comboio destination was sent.

It needs nothing but Python, so that it may be copied into a receiver. It understands, from whichever service:

- a pack, `{"comboio_pack":1,"messages":[...]}`, also as the event of a Lambda function or the input of an execution;
- a pack that was compressed, `{"comboio_pack":2,"gzip":"..."}`: the gzip of such a pack, in base64;
- a message with its ids, `{"id":...,"correlation_id":...,"traceparent":...,"message":...}`; an array of them (webhook);
  one a line (what Firehose delivers);
- a plain payload, with its ids in the attributes of SQS or SNS; one that is not JSON says so in its attribute
  `encoding`: `text`, or `base64` for bytes;
- the envelope of EventBridge (`detail`) and that of SNS (`"Type": "Notification"`) around any of these.

    for message in read(record["body"], record["messageAttributes"]):   # an SQS record of a Lambda event
        handle(message.id, message.message)

    for message in read(base64.b64decode(record["kinesis"]["data"])): ...
"""

import json
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

VERSION = 1
VERSION_FIELD = "comboio_pack"
MESSAGES_FIELD = "messages"
GZIP_VERSION = 2
GZIP_FIELD = "gzip"
ID_FIELDS = frozenset({"id", "correlation_id", "traceparent", "key", "encoding"})
MAX_INFLATED = 16 * 1024 * 1024
"""Bytes of a pack that was compressed; a destination that takes larger ones does not exist."""

ATTRIBUTES = ("deduplication_id", "correlation_id", "traceparent")
"""Where the ids of a plain payload stand, in the order of the fields of Message."""


class UnreadableError(ValueError):
    """Not JSON, or a pack of a version that this reader does not know; the text never quotes the content."""


class Message(NamedTuple):
    """A payload with its ids, None where they are not known."""

    id: str | None
    """Unique, and the same in every redelivery: `<cluster id>/<topic>-<partition>:<offset>@<timestamp>`. Only a plain
    payload without attributes has none."""
    correlation_id: str | None
    traceparent: str | None
    message: Any
    """The payload: decoded JSON, a text, bytes, or None for a tombstone."""
    key: str | None = None
    """The key of a tombstone: what was deleted."""


def read(body: str | bytes | Mapping[str, Any], attributes: Mapping[str, Any] | None = None) -> Iterator[Message]:
    """Return the messages of a body, in order.

    Args:
        body: text, bytes, or an object that was decoded already.
        attributes: those of the SQS or SNS message, as the API or a Lambda event has them.

    Raises:
        UnreadableError: it cannot be read; nothing of it was yielded.
    """
    try:
        if (encoding := _attribute(attributes or {}, "encoding")) is not None and isinstance(body, str):
            return iter([_plain(_decoded(body, encoding), attributes or {})])
        found = [message for document in _documents(body) for message in _messages(document, attributes or {})]
    except UnreadableError:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"the body is not JSON ({type(error).__name__})") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(f"the body is JSON, but not of these forms ({type(error).__name__})") from None
    return iter(found)


def _documents(body: str | bytes | Mapping[str, Any]) -> list[Any]:
    """Return the one document, or one a line."""
    if isinstance(body, Mapping):
        return [body]
    text = (body.decode() if isinstance(body, bytes) else body).strip()
    decoder, place = json.JSONDecoder(), 0
    documents: list[Any] = []
    while place < len(text) or not documents:
        document, place = decoder.raw_decode(text, place)
        documents.append(document)
        while text[place : place + 1].isspace():
            place += 1
    return documents


def _messages(document: Any, attributes: Mapping[str, Any]) -> Iterator[Message]:
    if _is_plain(document, attributes):
        yield _plain(document, attributes)
    elif isinstance(document, list):
        for each in document:
            yield from _messages(each, attributes)
    elif document is None and _attribute(attributes, "key") is not None:
        yield _plain(None, attributes)
    elif not isinstance(document, Mapping):
        raise UnreadableError(f"a message is an object, not {type(document).__name__}")
    elif VERSION_FIELD in document:
        for each in _pack(document):
            yield _message(each)
    elif {"id", "message"} <= document.keys() <= ID_FIELDS | {"message"}:
        yield _message(document)
    elif document.keys() >= {"detail-type", "source", "detail"}:
        yield from _messages(document["detail"], attributes)
    elif document.get("Type") == "Notification" and "TopicArn" in document:
        inner = document.get("MessageAttributes") or {}
        for each in _documents(document["Message"]):
            yield from _messages(each, inner)
    else:
        yield _plain(document, attributes)


def _is_plain(document: Any, attributes: Mapping[str, Any]) -> bool:
    """Return whether a document is a payload whatever it looks like, as its own ids stand beside it.

    A sender's JSON may be an array, a number, or have the fields of any envelope here. A record's id has a slash; that
    of a pack is a digest, and older packs have none.
    """
    id = _attribute(attributes, ATTRIBUTES[0])
    packed = isinstance(document, Mapping) and VERSION_FIELD in document
    return id is not None and not (packed and "/" not in id)


def _pack(document: Mapping[str, Any]) -> Any:
    """Return the messages of a pack."""
    if document[VERSION_FIELD] == GZIP_VERSION:
        document = json.loads(_inflated(b64decode(document[GZIP_FIELD], validate=True)))
    if document[VERSION_FIELD] != VERSION:
        raise UnreadableError(
            f"the pack is of a version that this reader does not know; it knows {VERSION} and {GZIP_VERSION}"
        )
    return document[MESSAGES_FIELD]


def _inflated(data: bytes) -> bytes:
    inflate = zlib.decompressobj(wbits=31)
    try:
        found = inflate.decompress(data, MAX_INFLATED)
    except zlib.error:
        raise UnreadableError("the pack says that it is compressed, and is not") from None
    if not inflate.eof:
        raise UnreadableError(f"the pack is cut off, or larger than {MAX_INFLATED} bytes")
    return found


def _plain(message: Any, attributes: Mapping[str, Any]) -> Message:
    id, correlation_id, traceparent = (_attribute(attributes, name) for name in ATTRIBUTES)
    return Message(id, correlation_id, traceparent, message, _attribute(attributes, "key"))


def _message(document: Mapping[str, Any]) -> Message:
    message, encoding = document.get("message"), document.get("encoding")
    if encoding is not None:
        message = _decoded(message, encoding)
    ids = (document.get("id"), document.get("correlation_id"), document.get("traceparent"))
    return Message(*ids, message, document.get("key"))


def _decoded(text: Any, encoding: str) -> Any:
    if encoding == "base64":
        return b64decode(text, validate=True)
    if encoding != "text":
        raise UnreadableError("the payload is encoded in a way that this reader does not know")
    return text


def _attribute(attributes: Mapping[str, Any], name: str) -> str | None:
    """Return `StringValue` in the SQS API, `stringValue` in Lambda's SQS event, `Value` in SNS."""
    attribute = attributes.get(name) or {}
    value = attribute.get("StringValue") or attribute.get("stringValue") or attribute.get("Value")
    return None if value is None else str(value)
