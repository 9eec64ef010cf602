"""Decodes Protobuf, by google's protobuf package, which comes in a layer of its own."""

from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from comboio.contract.message import MalformedMessageError
from comboio.errors import ConfigurationError
from comboio.message.formats import Decoded


class NoProtobufError(ConfigurationError):
    """What decodes Protobuf is not there."""


class MessageType(NamedTuple):
    """One type of message of a schema."""

    name: str
    new: Any
    """Makes an empty message."""
    documents: Any
    """Makes plain values of its messages."""


def check(*, text: bool) -> None:
    """Check that Protobuf can be decoded, by schemas that come as `text` or compiled.

    Raises:
        ConfigurationError: a package is not there.
    """
    try:
        import google.protobuf  # noqa: F401 whether it is there is the question
    except ImportError:
        raise NoProtobufError(
            "A contract has `format` protobuf, and the package protobuf is not there. Build the schema layer, publish "
            "it and deploy with its SchemaLayerArn (docs/how-to/adopt.md), or let the event source mapping decode "
            "(SchemaRegistryConfig)."
        ) from None
    if text:
        from comboio.message.registry import proto_text

        proto_text.check()


def decode(payload: bytes, message_type: MessageType) -> Decoded:
    """Decode a message. Downstream it is JSON: bytes are base64url, times ISO 8601, enums their names.

    Raises:
        MalformedMessageError: it was not written by this schema. Fields that the schema does not have would be lost
            downstream, so they are malformed as well.
    """
    message = message_type.new()
    try:
        message.ParseFromString(payload)
    except Exception as error:
        raise MalformedMessageError(
            f"payload: it is not Protobuf of {message_type.name}, which it says it is ({type(error).__name__})"
        ) from None
    if missing := message.FindInitializationErrors():
        raise MalformedMessageError(f"{missing[0]}: {message_type.name} requires it, and it is missing")
    size = message.ByteSize()
    message.DiscardUnknownFields()
    if message.ByteSize() < size:
        raise MalformedMessageError(
            f"payload: {_unknown(payload, message_type)}, which {message_type.name} has not in its schema"
        )
    try:
        text = to_json(message_type.documents.of(message), bytes_mode="base64", inf_nan_mode="strings").decode()
        return Decoded(from_json(text), text)
    except MalformedMessageError:
        raise
    except Exception as error:  # it is nested more deeply than JSON is read
        raise MalformedMessageError(f"payload: it cannot be said in JSON ({type(error).__name__})") from None


def _unknown(payload: bytes, message_type: MessageType) -> str:
    """Say which fields the schema does not have."""
    from google.protobuf.unknown_fields import UnknownFieldSet

    message = message_type.new()
    message.ParseFromString(payload)
    unknown: Any = UnknownFieldSet(message)
    numbers = sorted({field.field_number for field in unknown})
    return f"it has field {', '.join(map(str, numbers[:8]))}" if numbers else "a message within it has fields"
