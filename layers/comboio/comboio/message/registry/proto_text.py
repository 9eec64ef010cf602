"""Reads a .proto file as far as decoding needs it, by proto-schema-parser: messages, fields and enums.

Registries that do not compile schemas give the text (AWS Glue, and some that speak Confluent's API).
"""

from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from comboio.errors import ConfigurationError

SCALARS = {
    name: FieldDescriptorProto.Type.Value(f"TYPE_{name.upper()}")
    for name in (
        "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32",
        "sfixed64", "bool", "string", "bytes",
    )
}  # fmt: skip


MOST_CHARACTERS = 100_000
"""Of a file: the parser takes one to three seconds for so many."""


class NoProtoParserError(ConfigurationError):
    """proto-schema-parser is not there."""


def check() -> None:
    """Check that .proto files can be read.

    Raises:
        NoProtoParserError: proto-schema-parser is not there.
    """
    try:
        import proto_schema_parser  # noqa: F401 whether it is there is the question
    except ImportError:
        raise NoProtoParserError(
            "The schema registry gives .proto files as text, and proto-schema-parser is not there. Deploy with the "
            "SchemaLayerArn of the schema layer, which has it (docs/how-to/adopt.md)."
        ) from None


def parse(text: str) -> FileDescriptorProto:
    """Return the descriptor of a .proto file of syntax proto2 or proto3.

    Raises:
        NoProtoParserError: proto-schema-parser is not there.
        ValueError: the text is no such file.
    """
    check()
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"it has more than {MOST_CHARACTERS} characters")
    from antlr4.error.ErrorListener import ErrorListener  # type: ignore[import-untyped] # it has no types
    from proto_schema_parser import ast
    from proto_schema_parser.parser import Parser

    class Refuses(ErrorListener):  # type: ignore[misc] # it has no types
        def syntaxError(self, *_: object) -> None:  # noqa: N802 the library's name
            """Repair nothing, and write nothing to stderr, as the parser would by itself."""
            raise ValueError("it is not a .proto file")

    def strict(reads: Any) -> None:
        reads.removeErrorListeners()
        reads.addErrorListener(Refuses())

    found = Parser(setup_lexer=strict, setup_parser=strict).parse(text)
    if found.edition is not None:
        raise ValueError("it is of an edition, and only proto2 and proto3 are read as text")
    file = FileDescriptorProto(syntax=found.syntax or "proto2")
    for element in found.file_elements:
        if isinstance(element, ast.Package):
            file.package = element.name
        elif isinstance(element, ast.Import):
            file.dependency.append(element.name)
        elif isinstance(element, ast.Message):
            _message(file.message_type.add(name=element.name), element.elements, file.syntax)
        elif isinstance(element, ast.Enum):
            _enum(file.enum_type.add(name=element.name), element)
    return file


def _message(made: DescriptorProto, elements: Iterable[Any], syntax: str) -> None:
    from proto_schema_parser import ast

    alone: list[FieldDescriptorProto] = []
    for element in elements:
        if isinstance(element, ast.Field | ast.Group | ast.MapField):
            field = _field(made, element, syntax)
            if syntax == "proto3" and getattr(element, "cardinality", None) is ast.FieldCardinality.OPTIONAL:
                alone.append(field)
        elif isinstance(element, ast.OneOf):
            made.oneof_decl.add(name=element.name)
            for choice in element.elements:
                if isinstance(choice, ast.Field | ast.Group):
                    _field(made, choice, syntax).oneof_index = len(made.oneof_decl) - 1
        elif isinstance(element, ast.Message):
            _message(made.nested_type.add(name=element.name), element.elements, syntax)
        elif isinstance(element, ast.Enum):
            _enum(made.enum_type.add(name=element.name), element)
    for field in alone:  # of proto3: each is a choice of its own, after all that are written (descriptor.proto)
        field.proto3_optional = True
        field.oneof_index = len(made.oneof_decl)
        made.oneof_decl.add(name=f"_{field.name}")


def _field(made: DescriptorProto, element: Any, syntax: str) -> FieldDescriptorProto:
    from proto_schema_parser import ast

    cardinality = getattr(element, "cardinality", None)
    label = FieldDescriptorProto.Label.Value(f"LABEL_{cardinality.value if cardinality else 'OPTIONAL'}")
    field = made.field.add(name=element.name, number=element.number, label=label)
    if isinstance(element, ast.MapField):
        entry = made.nested_type.add(name=f"{''.join(map(_capital, element.name.split('_')))}Entry")
        entry.options.map_entry = True
        for number, (name, kind) in enumerate((("key", element.key_type), ("value", element.value_type)), 1):
            _typed(entry.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL), kind)
        field.label, field.type = FieldDescriptorProto.LABEL_REPEATED, FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = entry.name
    elif isinstance(element, ast.Group):
        _message(made.nested_type.add(name=element.name), element.elements, syntax)
        field.name, field.type, field.type_name = element.name.lower(), FieldDescriptorProto.TYPE_GROUP, element.name
    else:
        _typed(field, element.type)
    return field


def _typed(field: FieldDescriptorProto, kind: str) -> None:
    """Say what a field is; whether a name is that of a message or of an enum, and where, the pool finds out."""
    if kind in SCALARS:
        field.type = SCALARS[kind]
    else:
        field.type_name = kind


def _enum(made: EnumDescriptorProto, element: Any) -> None:
    from proto_schema_parser import ast

    for value in element.elements:
        if isinstance(value, ast.EnumValue):
            made.value.add(name=value.name, number=int(value.number))
        elif isinstance(value, ast.Option) and value.name == "allow_alias":
            made.options.allow_alias = bool(value.value)


def _capital(part: str) -> str:
    return part[:1].upper() + part[1:]
