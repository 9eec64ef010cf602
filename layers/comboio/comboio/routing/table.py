"""The routing table: from a topic and a codigo to the destinations of a message."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

DEAD_LETTER = "dead_letter"
"""The reserved destination: what goes there is unroutable, and is kept in the DLQ."""

DEFAULT_TABLE = Path(__file__).with_name("routes.toml")


class RoutingError(Exception):
    """The table is wrong; the message has a line for each fault, with its place in the table."""


def _codigos(value: object) -> object:
    """`300` is one codigo, `"310-319"` a range of them."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    if isinstance(value, str):
        first, dash, last = value.partition("-")
        if first.strip().isdigit() and (not dash or last.strip().isdigit()):
            low, high = int(first), int(last) if dash else int(first)
            if low <= high:
                return (low, high)
    raise ValueError(f'{value!r} is neither a codigo (300) nor a range of them ("300-399")')


Codigos = Annotated[tuple[int, int], BeforeValidator(_codigos)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,47}$")]


class Strict(BaseModel):
    """A table section: unknown keys are refused, because a misspelt option is a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DestinationSpec(BaseModel):
    """A destination as the table names it; what options it takes besides is its type's own matter."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str
    target: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """The options beyond type and target."""
        return dict(self.model_extra or {})


class Policy(Strict):
    """What a route does with its messages."""

    to: tuple[Name, ...] = Field(min_length=1, description="The destinations, all of which must take it.")
    ordering: Literal["key", "none"] = Field("none", description="Keep the order of messages of a key, or not.")
    idempotency: Literal["offset", "event"] = Field(
        "offset", description="Tell duplicates by Kafka position, or by `event_id` too."
    )
    pack: int = Field(1, ge=1, le=1000, description="At most so many messages in one entry of a destination.")
    max_attempts: int = Field(5, ge=1, le=1000, description="Deliveries to try before it is a dead letter.")
    priority: int = Field(0, ge=-100, le=100, description="Higher goes first within a batch.")


class Route(Policy):
    """A policy and what it holds for: its topics (none: all) and its codigos (none: all)."""

    name: Name
    topics: tuple[str, ...] = ()
    codigos: tuple[Codigos, ...] = ()

    @property
    def dead(self) -> bool:
        """Whether it leads to the DLQ and nowhere else."""
        return self.to == (DEAD_LETTER,)

    def takes(self, topic: str, codigo: int) -> bool:
        """Whether the route holds for a message."""
        return (not self.topics or topic in self.topics) and (
            not self.codigos or any(low <= codigo <= high for low, high in self.codigos)
        )


class RoutingTable(Strict):
    """All destinations and routes; the first route that takes a message has it, else the default."""

    version: Literal[1]
    destinations: dict[Name, DestinationSpec] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    default: Policy

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        names = [route.name for route in self.routes]
        if repeated := {name for name in names if names.count(name) > 1} | ({"default"} & set(names)):
            raise ValueError(f"route names must differ, and `default` is taken: {', '.join(sorted(repeated))}")
        if DEAD_LETTER in self.destinations:
            raise ValueError(f"`{DEAD_LETTER}` is the DLQ, and is not defined here")
        for route in (*self.routes, self.fallback):
            if len(set(route.to)) < len(route.to):
                raise ValueError(f"route {route.name}: a destination is named twice")
            if DEAD_LETTER in route.to and not route.dead:
                raise ValueError(f"route {route.name}: `{DEAD_LETTER}` goes with no other destination")
            if unknown := set(route.to) - set(self.destinations) - {DEAD_LETTER}:
                known = ", ".join(sorted(self.destinations)) or "none"
                raise ValueError(f"route {route.name}: no destination {', '.join(sorted(unknown))}; there are: {known}")
        return self

    @property
    def fallback(self) -> Route:
        """The default as a route."""
        return Route(name="default", **self.default.model_dump())

    def router(self) -> "Router":
        """The table ready for use."""
        return Router(self)


class Router:
    """Finds the route of a message; remembers what it found, for a bounded number of pairs."""

    def __init__(self, table: RoutingTable) -> None:
        fallback = table.fallback

        def find(topic: str, codigo: int) -> Route:
            return next((route for route in table.routes if route.takes(topic, codigo)), fallback)

        self.table = table
        self.route = lru_cache(maxsize=4096)(find)


def load(text: str, environ: Mapping[str, str]) -> RoutingTable:
    """Reads a table in TOML; `$NAME` as a destination's target or option is that environment variable.

    Raises:
        RoutingError: not TOML, against the schema, or a variable is not set.
    """
    try:
        table = RoutingTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RoutingError(f"routes.toml is not TOML: {error}.") from None
    except ValidationError as error:
        faults = (
            f"routes.toml, {'.'.join(map(str, fault['loc'])) or 'table'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise RoutingError("\n".join(faults)) from None
    resolved = {
        name: DestinationSpec.model_validate(
            {key: _resolve(f"{name}.{key}", value, environ) for key, value in spec.model_dump().items()}
        )
        for name, spec in table.destinations.items()
    }
    return table.model_copy(update={"destinations": resolved})


def load_file(path: Path, environ: Mapping[str, str]) -> RoutingTable:
    """`load` from a file.

    Raises:
        RoutingError: the file cannot be read, or its table is wrong.
    """
    try:
        return load(path.read_text(encoding="utf-8"), environ)
    except OSError as error:
        raise RoutingError(f"The routing table {path} cannot be read: {error.strerror}.") from None


def _resolve(place: str, value: Any, environ: Mapping[str, str]) -> Any:
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    found = environ.get(value[1:], "")
    if not found:
        raise RoutingError(
            f"routes.toml, destinations.{place}: the environment has no {value[1:]}. "
            "Set it on the function, or write the value itself."
        )
    return found
