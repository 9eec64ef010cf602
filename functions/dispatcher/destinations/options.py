"""What a destination's section of routes.toml may say besides type and target."""

from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comboio.routing.destination_spec import DestinationSpec


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
        raise ValueError(
            "; ".join(_fault(kind, fault["type"], fault["loc"], fault["msg"]) for fault in error.errors())
        ) from None


def _fault(kind: type[Options], what: str, where: tuple[int | str, ...], message: str) -> str:
    name = ".".join(map(str, where)) or "options"
    if what == "extra_forbidden":
        return f"{name}: there is no such option; there are: {', '.join(sorted(kind.model_fields))}"
    return f"{name}: {message}"
