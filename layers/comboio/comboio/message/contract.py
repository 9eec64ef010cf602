"""The contract that a routing table has with the messages of a topic: where their fields stand, and which must."""

from collections.abc import Callable
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from comboio.contract.record import Record
from comboio.message.content import Content
from comboio.message.field_path import FieldPath, Place
from comboio.once import Once
from comboio.section import Section

Reader = Callable[[Record], Content]
"""Reads a record's payload; raises MalformedMessageError."""

Path = Annotated[FieldPath, BeforeValidator(FieldPath.parse), PlainSerializer(str)]
GLUE = "glue"
"""The registry of AWS Glue; anything else is the address of a Confluent-compatible one."""


def address_fault(registry: str) -> str:
    """Return what is wrong with the address of a registry; empty if nothing. The address is not quoted."""
    if registry == GLUE:
        return ""
    try:
        parts = urlsplit(registry)
        right = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        right = False
    if not right:
        return f"it is an http:// or https:// address, or `{GLUE}`"
    return "user and password stand in `registry_auth`, not in the address" if "@" in parts.netloc else ""


FieldName = Literal["code", "id", "entity", "time"]


class MessageContract(Section):
    """Where the fields of a payload stand."""

    format: Literal["json", "json-envelope", "avro", "protobuf", "raw"] = Field(
        "json",
        description="`json`; `avro` and `protobuf` are those by a schema registry, and become JSON (bytes as "
        "base64url, times as ISO 8601; fields and enums of Protobuf keep their names); `json-envelope` is JSON whose "
        "fields stand inside one of its own (`payload`, as Kafka Connect writes them); `raw` is not looked into: only "
        "topic, key and headers count.",
    )
    code: Path | None = Field(
        FieldPath(Place.VALUE, ("codigo",)),
        description="The field that tells the kind of an event, a number or a text: a path into the payload, "
        "`header.NAME` or `key`.",
    )
    id: Path | None = Field(
        FieldPath(Place.VALUE, ("event_id",)), description="The field with the event's own id, a text or a number."
    )
    entity: Path | None = Field(
        FieldPath(Place.VALUE, ("truck_id",)), description="The field that names what the event happened to."
    )
    time: Path | None = Field(
        FieldPath(Place.VALUE, ("occurred_at",)),
        description="The field that says when: ISO 8601, or seconds or milliseconds since 1970.",
    )
    required: Annotated[tuple[FieldName, ...], Once] = Field(
        ("code",), description="Fields without which a message is malformed: of code, id, entity and time."
    )
    missing_id: Literal["derive", "refuse"] = Field(
        "derive",
        description='What happens to a message without an id on a route with `idempotency = "event"`: its topic, '
        "partition and offset stand in for the id, or it is malformed.",
    )
    registry: str = Field(
        "",
        max_length=1024,
        description="The schema registry whose ids payloads begin with: the address of a Confluent-compatible one, or "
        "`glue`. Of `json` the id is taken off; `avro` and `protobuf` need a registry.",
    )
    registry_auth: str = Field(
        "",
        max_length=1024,
        description="`user:password` of a Confluent registry, best as a variable: `$ROUTE_REGISTRY_AUTH`.",
    )
    registry_timeout_s: float = Field(
        3.0,
        strict=True,
        gt=0,
        le=10,
        description="Seconds within ten for which the registry is waited for in all, however it answers; then records "
        "wait for it.",
    )
    envelope_field: str = Field(
        "payload", min_length=1, max_length=128, description="The field of a `json-envelope` that holds the payload."
    )

    @model_validator(mode="before")
    @classmethod
    def _raw_has_no_fields(cls, section: object) -> object:
        """Take the fields that the default expects in a payload from a format that is not looked into."""
        if isinstance(section, dict) and section.get("format") == "raw":
            return {"code": None, "id": None, "entity": None, "time": None, "required": (), **section}
        return section

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        for name in ("code", "id", "entity", "time"):
            path: FieldPath | None = getattr(self, name)
            if path is None and name in self.required:
                raise ValueError(f"`{name}` is required, and the contract does not say where it stands")
            if self.format == "raw" and path is not None and path.place is Place.VALUE:
                raise ValueError(
                    f"{name} = {str(path)!r} is in the payload, and a raw payload is not looked into. Name a header "
                    "(`header.NAME`) or the `key`"
                )
        if self.format in ("avro", "protobuf") and not self.registry:
            raise ValueError(f"{self.format} needs a `registry`: the address of one, or `glue`")
        if self.registry and self.format not in ("avro", "protobuf", "json"):
            raise ValueError(f"{self.format} has no `registry`; avro, protobuf and json may have one")
        if self.registry and not self.registry.startswith("$") and (fault := address_fault(self.registry)):
            raise ValueError(f"registry: {fault}")
        self._check_use()
        return self

    def _check_use(self) -> None:
        """Check that no option stands there without effect."""
        confluent = bool(self.registry) and self.registry != GLUE
        for option, used, reason in (
            ("registry_auth", confluent, "a Confluent-compatible `registry`"),
            ("registry_timeout_s", bool(self.registry), "a `registry`"),
            ("envelope_field", self.format == "json-envelope", '`format = "json-envelope"`'),
        ):
            if option in self.model_fields_set and not used:
                raise ValueError(f"{option}: it has no effect without {reason}. Leave it out, or add that")

    @property
    def looks_inside(self) -> bool:
        """Return whether payloads are decoded."""
        return self.format != "raw"
