"""What a destination's section of routes.toml may say besides type and target."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comboio.routing.destination_spec import DestinationSpec
from comboio.section_fault import said


class Options(BaseModel):
    """The options of every type; each type adds its own. Unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    concurrency: int = Field(16, ge=1, le=64, description="Maximum calls in flight.")


class PackOptions(Options):
    """The options of the types whose entries may be packs."""

    compression: Literal["none", "gzip"] = Field(
        "none",
        description="`gzip` compresses the packs of routes with `pack` above 1, where that makes them smaller; sizes "
        "count afterwards. `comboio.contract.unpack` reads both.",
    )


Kind = TypeVar("Kind", bound=Options)


def read(kind: type[Kind], spec: DestinationSpec) -> Kind:
    """Return the options of a destination.

    Raises:
        ValueError: all that is wrong, on one line; values are not quoted, as they may be secret.
    """
    try:
        return kind.model_validate(spec.options)
    except ValidationError as error:
        raise ValueError("; ".join(_fault(kind, fault) for fault in error.errors())) from None


def _fault(kind: type[Options], fault: Mapping[str, Any]) -> str:
    name = ".".join(map(str, fault["loc"])) or "options"
    field = kind.model_fields.get(str(fault["loc"][0])) if fault["loc"] else None
    return f"{name}: {said(fault, kind.model_fields, (field and field.description) or '')}"
