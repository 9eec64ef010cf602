"""Makes the reader of a contract: from a record to what its message says."""

from typing import Any

from comboio.contract.message import MalformedMessageError
from comboio.contract.record import Record
from comboio.message.content import Content
from comboio.message.contract import MessageContract, Reader
from comboio.message.field_path import MISSING, FieldPath, Read
from comboio.message.fields import code_of, entity_of, id_of, time_of
from comboio.message.formats import DECODERS, TOMBSTONE, Decode


def reader(contract: MessageContract, decode: Decode | None = None) -> Reader:
    """Return the reader of a contract. A tombstone is read too: its headers and its key may say enough.

    `decode` decodes its payloads; that of its format, unless given.
    """
    decode = decode or DECODERS[contract.format]
    inside = contract.envelope_field if contract.format == "json-envelope" else None
    read_code, read_id, read_entity, read_time = map(
        _reader, (contract.code, contract.id, contract.entity, contract.time)
    )
    required = [(name, str(getattr(contract, name))) for name in contract.required]

    def read(record: Record) -> Content:
        value = record.value
        document, text, json, binary = TOMBSTONE if value is None else decode(value)
        if inside is not None and value is not None:
            document = _inside(document, inside)
        try:
            code = code_of(read_code(record, document))
        except ValueError as error:
            raise MalformedMessageError(f"code, in {contract.code}: {error}") from None
        event_id = id_of(read_id(record, document))
        entity = entity_of(read_entity(record, document))
        time = time_of(read_time(record, document))
        if value is not None:
            said = {"code": code, "id": event_id, "entity": entity, "time": time}
            for name, path in required:
                if said[name] is None:
                    raise MalformedMessageError(f"{name}: the message has no usable value in {path}")
        return Content(code, event_id or "", entity, time, document, text, json, binary)

    return read


def _reader(path: FieldPath | None) -> Read:
    return _nothing if path is None else path.reader()


def _nothing(_record: Record, _document: Any) -> Any:
    return MISSING


def _inside(document: Any, name: str) -> Any:
    inner = document.get(name, MISSING) if isinstance(document, dict) else MISSING
    if inner is MISSING:
        raise MalformedMessageError(f"payload: it has no field {name}, which a json-envelope must have")
    return inner
