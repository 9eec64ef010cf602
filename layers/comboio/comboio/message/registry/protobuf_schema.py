"""The messages of a schema, linked with what it imports."""

import base64
import importlib
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from comboio.contract.message import MalformedMessageError
from comboio.message.registry import proto_text
from comboio.message.registry.message_index import Index
from comboio.message.registry.protobuf import MessageType
from comboio.message.registry.protobuf_document import Documents
from comboio.message.registry.registry import Registered, RegistryUnavailableError

_WELL_KNOWN = {
    f"google/protobuf/{name}.proto": f"google.protobuf.{name}_pb2"
    for name in (
        "any", "api", "descriptor", "duration", "empty", "field_mask", "source_context", "struct", "timestamp", "type",
        "wrappers",
    )
}  # fmt: skip
"""The files that come with the package, and the modules that have them."""

ROOT = "the schema itself"
"""Stands for the name of a schema's own file, which no import can have."""


class ProtobufSchema:
    """The messages of a .proto file."""

    def __init__(self, registered: Registered) -> None:
        """Link a schema with what it imports.

        Raises:
            RegistryUnavailableError: the registry gave text, and what reads it is not there.
            Exception: it is no schema, or it imports what the registry does not have.
        """
        self._pool = DescriptorPool()
        self._file = _link(self._pool, registered)
        self._documents = Documents()
        self._types: dict[Index, MessageType] = {}

    def message_type(self, index: Index) -> MessageType:
        """Return the type of message that a payload says it is.

        Raises:
            MalformedMessageError: the schema has none there.
        """
        if index not in self._types:
            try:
                found = self._by_path(index) if isinstance(index, tuple) else self._sorted()[index]
            except IndexError:
                raise MalformedMessageError("payload: the schema that it names has no message at its index") from None
            self._types[index] = MessageType(found.full_name, GetMessageClass(found), self._documents)
        return self._types[index]

    def _by_path(self, path: tuple[int, ...]) -> Any:
        """Return a message by Confluent's indexes, for which the entries of maps do not count."""
        inside, found = list(self._file.message_types_by_name.values()), None
        for place in path:
            if place < 0:
                raise IndexError(place)
            found = inside[place]
            inside = [each for each in found.nested_types if not each.GetOptions().map_entry]
        return found

    def _sorted(self) -> list[Any]:
        """Return all messages in the order of Glue's indexes, entries of maps among them."""
        found, wanted = [], list(self._file.message_types_by_name.values())
        while wanted:
            found.append(wanted.pop())
            wanted.extend(found[-1].nested_types)
        return sorted(found, key=lambda each: each.full_name)


def _link(pool: DescriptorPool, registered: Registered) -> Any:
    """Put a schema and what it imports into a pool."""
    done = set[str]()

    def add(name: str, file: FileDescriptorProto) -> None:
        done.add(name)
        there = [each for each in file.dependency if has(each)]
        file.name = name
        file.ClearField("dependency")
        file.ClearField("public_dependency")  # the pool looks everywhere, and the numbers may not hold any more
        file.ClearField("weak_dependency")
        file.dependency.extend(there)
        pool.AddSerializedFile(file.SerializeToString())

    def has(name: str) -> bool:
        """Return whether an import is there, after adding it.

        What nobody has may have been for options alone; if not, the pool misses the type.
        """
        if name not in done:
            file = _file(registered.imports[name]) if name in registered.imports else _well_known(name)
            if file is None:
                return False
            add(name, file)
        return True

    add(ROOT, _file(registered.text))
    return pool.FindFileByName(ROOT)


def _file(schema: str) -> FileDescriptorProto:
    """Return the descriptor of a file: compiled and in base64 by the registry, or its text."""
    try:
        return FileDescriptorProto.FromString(base64.b64decode(schema, validate=True))
    except Exception:  # text has characters that base64 has not
        try:
            return proto_text.parse(schema)
        except proto_text.NoProtoParserError as error:
            raise RegistryUnavailableError(str(error)) from None


def _well_known(name: str) -> FileDescriptorProto | None:
    if name not in _WELL_KNOWN:
        return None
    return FileDescriptorProto.FromString(importlib.import_module(_WELL_KNOWN[name]).DESCRIPTOR.serialized_pb)
