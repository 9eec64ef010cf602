"""What a destination is sent of a message: its payload as text, and what stands beside it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json

from comboio.errors import InvalidDataError
from comboio.message.field_path import FieldPath
from dispatcher.parcel import Parcel

LATEST_MS = 253_402_300_799_000
"""The last second of the year 9999, which is the last that a date can have."""


class UnsendableError(InvalidDataError):
    """A message cannot be given to a destination, however often it is tried; the text never quotes it."""


def document(parcel: Parcel) -> Any:
    """Return the decoded payload of a parcel.

    Raises:
        UnsendableError: it is not JSON.
    """
    content = parcel.content
    if content is not None and (content.document is not None or content.json is not None):
        return content.document
    try:
        return from_json(parcel.record.value or b"null")
    except ValueError:
        raise UnsendableError("the payload is not JSON") from None


def field_text(written: str) -> Callable[[Parcel], str]:
    """Return what reads a field of a parcel as text: empty where it has none, or one that is neither text nor number.

    Raises:
        ValueError: it is no path to a field.
    """
    try:
        path = FieldPath.parse(written)
    except ValueError as error:
        raise ValueError(f"group: {error}") from None
    read = path.reader()

    def text(parcel: Parcel) -> str:
        try:
            value = read(parcel.record, None if path.textual else document(parcel))
        except UnsendableError:
            return ""
        return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""

    return text


def plain_text(parcel: Parcel) -> str:
    """Return the payload as the body of an entry of its own: the bytes as they came, where they are JSON."""
    content = parcel.content
    if content is None or content.text is None:
        return (parcel.record.value or b"").decode()
    return content.text


def json_text(parcel: Parcel) -> str:
    """Return the payload as it stands within JSON."""
    content = parcel.content
    if content is None or content.text is None:
        return (parcel.record.value or b"").decode()
    return content.text if content.json is None else content.json


def beside(parcel: Parcel) -> Sequence[tuple[str, str]]:
    """Return what stands beside the ids in JSON: the key of a tombstone, and that a payload is base64."""
    content = parcel.content
    if content is None or content.text is None:
        return ()
    facts = []
    if parcel.record.value is None and parcel.record.key is not None:
        facts.append(("key", parcel.record.key.decode("utf-8", "backslashreplace")))
    if content.binary:
        facts.append(("encoding", "base64"))
    return facts


def moment_of(milliseconds: float) -> datetime:
    """Return a moment of Kafka's; what is before 1970 or after 9999, as microseconds for milliseconds are, is that."""
    return datetime.fromtimestamp(min(max(milliseconds, 0), LATEST_MS) / 1000, UTC)


def attributes(parcels: Sequence[Parcel], identity: str) -> list[tuple[str, str]]:
    """Return the attributes of an entry with one message, or with a pack of them."""
    first = parcels[0]
    found = [("deduplication_id", identity), ("correlation_id", first.correlation_id)]
    if first.traceparent:
        found.append(("traceparent", first.traceparent))
    packed = first.route is not None and first.route.pack > 1  # its messages say it themselves
    if packed or first.content is None or first.content.text is None:
        return found
    if first.content.json is not None and not first.content.binary:
        found.append(("encoding", "text"))  # or a receiver would take it for JSON
    return [*found, *beside(first)]
