"""Makes the decoder of a contract that has a schema registry."""

import os
from collections.abc import Callable

from comboio.message.contract import GLUE, MessageContract
from comboio.message.formats import Decode, Decoded, decode_json
from comboio.message.registry import wire_format
from comboio.message.registry.registry import Schemas, SchemaSource
from comboio.message.registry.wire_format import Written


def decoder(contract: MessageContract, source: SchemaSource | None = None) -> Decode:
    """Return what decodes the payloads of a contract; its registry is asked when the first payload needs it.

    Raises:
        ConfigurationError: Avro or Protobuf is asked for, and what decodes it is not there.
    """
    unwrap = wire_format.glue if contract.registry == GLUE else wire_format.confluent
    if contract.format == "json":  # written by a JSON Schema: what follows the id is the payload, whatever the schema

        def decode_wrapped(value: bytes) -> Decoded:
            payload = unwrap(value).payload
            return Decoded(decode_json(payload).document, payload.decode())

        return decode_wrapped

    if contract.format == "protobuf":
        return _protobuf(contract, unwrap, source)
    from comboio.message.registry import avro

    avro.check()
    schemas = Schemas(source or _source(contract), avro.parse, contract.registry_timeout_s)

    def decode_avro(value: bytes) -> Decoded:
        written = unwrap(value)
        return avro.decode(written.payload, schemas.get(written.schema))

    return decode_avro


def _protobuf(contract: MessageContract, unwrap: Callable[[bytes], Written], source: SchemaSource | None) -> Decode:
    from comboio.message.registry import message_index, protobuf

    protobuf.check(text=contract.registry == GLUE)
    from comboio.message.registry.protobuf_schema import ProtobufSchema

    which = message_index.glue if contract.registry == GLUE else message_index.confluent
    schemas = Schemas(source or _source(contract), ProtobufSchema, contract.registry_timeout_s)

    def decode_protobuf(value: bytes) -> Decoded:
        written = unwrap(value)
        message = which(written.payload)
        return protobuf.decode(message.payload, schemas.get(written.schema).message_type(message.which))

    return decode_protobuf


def _source(contract: MessageContract) -> SchemaSource:
    if contract.registry == GLUE:
        from comboio.aws.credentials import credential_source
        from comboio.aws.json_api import connect
        from comboio.message.registry.glue import GLUE as SERVICE
        from comboio.message.registry.glue import GlueRegistry

        return GlueRegistry(connect(SERVICE, os.environ, credential_source(os.environ)))
    from comboio.message.registry.confluent import ConfluentRegistry

    return ConfluentRegistry(contract.registry, contract.registry_auth, compiled=contract.format == "protobuf")
