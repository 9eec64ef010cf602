"""Makes what encodes each topic's messages, of the options and of what the registry has."""

import time
from collections.abc import Callable, Sequence

from comboio.message.registry.confluent import ConfluentRegistry
from comboio.message.registry.registry import Registered
from comboio.message.registry.registry_api import RegistryApi
from producer.options.schema_settings import SchemaSettings
from producer.schema.encode import Encode, SchemaError
from producer.schema.registry import Subjects, Wanted

KINDS = {"avro": "AVRO", "json-schema": "JSON", "protobuf": "PROTOBUF"}
"""The registry's name of each format's schemas."""

_LARGEST_FILE = 1_000_000
"""Bytes of a schema's file: ten times the largest that registries take by default is no schema."""


def encoders(
    settings: SchemaSettings,
    topics: Sequence[str],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Encode]:
    """Return what encodes each topic's messages.

    Subjects are Confluent's, for values: by its TopicNameStrategy or its RecordNameStrategy.

    Raises:
        RegistryUnavailableError: the registry does not answer in time, or does not have a schema.
        SchemaError: a schema cannot be used.
    """
    address, auth = settings.registry, settings.registry_auth.get_secret_value()
    subjects = Subjects(
        RegistryApi(address, auth, clock),
        ConfluentRegistry(address, auth, compiled=settings.format == "protobuf", clock=clock),
        clock() + settings.registry_timeout,
        clock,
        sleep,
    )
    text = "" if settings.schema_file is None else _text(settings)
    wanted = Wanted(KINDS[settings.format], settings.schema_version, text, settings.schema_register)
    made: dict[int, Encode] = {}
    found: dict[str, Encode] = {}
    for topic in topics:
        subject = settings.schema_record if settings.subject_names == "record" else f"{topic}-value"
        schema_id = subjects.schema_id(subject, wanted)
        if schema_id not in made:
            made[schema_id] = _encoder(settings, subjects.schema(schema_id), schema_id)
        found[topic] = made[schema_id]
    return found


def _text(settings: SchemaSettings) -> str:
    assert settings.schema_file is not None  # noqa: S101 its caller asked
    try:
        with settings.schema_file.open(encoding="utf-8") as file:
            text = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise SchemaError(f"PRODUCER_SCHEMA_FILE cannot be read ({type(error).__name__}). Check the path.") from None
    if not text.strip() or len(text) > _LARGEST_FILE:
        raise SchemaError(f"PRODUCER_SCHEMA_FILE is empty, or larger than {_LARGEST_FILE} characters. Check the path.")
    return text


def _encoder(settings: SchemaSettings, registered: Registered, schema_id: int) -> Encode:
    """Return what encodes by a schema; the packages of other formats are not imported."""
    if settings.format == "avro":
        from producer.schema import avro

        return avro.encoder(registered, schema_id)
    if settings.format == "json-schema":
        from producer.schema import json_schema

        return json_schema.encoder(registered, schema_id)
    from producer.schema import protobuf

    return protobuf.encoder(registered, schema_id, settings.schema_record)
