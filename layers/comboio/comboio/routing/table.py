"""The routing table: from a topic and a codigo to the destinations of a message."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from comboio.errors import ConfigurationError
from comboio.routing.codigo_range import CodigoRange
from comboio.routing.first_of import FirstOf
from comboio.routing.variables import VariableError, resolve

DEAD_LETTER = "dead_letter"
"""The reserved destination: what goes there is unroutable, and is kept in the DLQ."""

MAX_AGE_S = 1_036_800
"""12 days: what is diverted waits in SQS, which keeps no message longer than 14; by then it is in the DLQ."""

DEFAULT_TABLE = Path(__file__).with_name("routes.toml")


class RoutingError(ConfigurationError):
    """The table is wrong; the message has a line for each fault, with its place in the table."""


Codigos = Annotated[CodigoRange, BeforeValidator(CodigoRange.parse)]
"""A codigo or a range of them."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,47}$")]
"""What destinations and routes are called."""


class Strict(BaseModel):
    """A table section: unknown keys are refused, because a misspelt option would silently be its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DestinationSpec(BaseModel):
    """A destination as the table names it; its type decides which options it takes besides."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str
    target: str = ""
    max_per_s: float | None = Field(
        default=None,
        strict=True,
        ge=0.001,
        le=1_000_000,
        allow_inf_nan=False,
        description="Maximum messages a second for all execution environments together; no maximum unless given.",
    )

    _variables: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def options(self) -> dict[str, object]:
        """Return the options that only its type knows."""
        return dict(self.model_extra or {})

    def resolved(self, environ: Mapping[str, str]) -> "DestinationSpec":
        """Return it with the values of the variables that its target and options name.

        Raises:
            VariableError: see `resolve`; the text begins with the option's name.
        """
        named = {
            key: value
            for key, value in {"target": self.target, **self.options}.items()
            if isinstance(value, str) and value.startswith("$")
        }
        if not named:
            return self
        values: dict[str, str] = {}
        for key, reference in named.items():
            try:
                values[key] = resolve(reference, environ)
            except VariableError as error:
                raise VariableError(f"{key}: {error}") from None
        found = DestinationSpec.model_validate({**self.model_dump(), **values})
        found._variables.update(named)
        return found

    def shown(self, option: str = "target") -> str:
        """Return an option as an error may show it: by its variable where it comes from one, as that may be secret."""
        if option in self._variables:
            return self._variables[option]
        return repr(self.target if option == "target" else self.options.get(option))


class Policy(Strict):
    """What a route does with its messages."""

    to: tuple[Name, ...] = Field(min_length=1, description="Destinations; a message is done when all have it.")
    ordering: Literal["key", "none"] = Field("none", description="Whether the messages of a key stay in order.")
    idempotency: Literal["offset", "event"] = Field(
        "offset", description="Whether duplicates are told by Kafka offset only, or by `event_id` too."
    )
    pack: int = Field(1, ge=1, le=1000, description="Maximum messages in one entry of a destination.")
    max_attempts: int = Field(5, ge=1, le=1000, description="Attempts before a message is a dead letter.")
    max_age_s: int = Field(
        86_400,
        ge=60,
        le=MAX_AGE_S,
        description="Seconds that a diverted message is retried, from its first failure, before it is a dead letter.",
    )
    when_down: Literal["divert", "wait"] = Field(
        "divert",
        description="What happens to messages whose destination is down: `divert` moves them to the hold queue and "
        "lets the partition go on, `wait` leaves them in Kafka and holds the partition up.",
    )
    priority: int = Field(0, ge=-100, le=100, description="Higher goes first within a batch.")


class Route(Policy):
    """A policy and what it holds for: its topics (none: all) and its codigos (none: all)."""

    name: Name
    topics: tuple[str, ...] = ()
    codigos: tuple[Codigos, ...] = ()

    @property
    def dead(self) -> bool:
        """Return whether it leads to the DLQ and nowhere else."""
        return self.to == (DEAD_LETTER,)

    def takes(self, topic: str, codigo: int) -> bool:
        """Return whether the route applies to a message."""
        return (not self.topics or topic in self.topics) and (
            not self.codigos or any(codigos.holds(codigo) for codigos in self.codigos)
        )


class RoutingTable(Strict):
    """All destinations and routes; the first route that takes a message has it, else the default."""

    version: Literal[1]
    destinations: dict[Name, DestinationSpec] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    default: Policy

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        names = Counter(["default", *(route.name for route in self.routes)])
        if repeated := [name for name, times in names.items() if times > 1]:
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
        """Return the default as a route."""
        return Route(name="default", **self.default.model_dump())

    def router(self) -> "Router":
        """Return the table ready for use."""
        return Router(self)


class Router:
    """Finds the route of a message; remembers what it found, for a bounded number of pairs and topics."""

    def __init__(self, table: RoutingTable) -> None:
        fallback = table.fallback

        @lru_cache(maxsize=256)
        def of_topic(topic: str) -> FirstOf[Route]:
            routes = [route for route in table.routes if not route.topics or topic in route.topics]
            return FirstOf([(route.codigos, route) for route in routes], fallback)

        def find(topic: str, codigo: int) -> Route:
            return of_topic(topic).at(codigo)

        self.table = table
        self.route = lru_cache(maxsize=4096)(find)


def load(text: str, environ: Mapping[str, str]) -> RoutingTable:
    """Read a table in TOML; `$ROUTE_NAME` as a destination's target or option is that environment variable.

    Raises:
        RoutingError: not TOML, against the schema, or a variable is not set or not for tables.
    """
    try:
        given = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError is one, and so is a number of too many digits
        raise RoutingError(f"routes.toml is not TOML: {error}.") from None
    except RecursionError:
        raise RoutingError("routes.toml is not TOML that can be read: it is nested too deeply.") from None
    try:
        table = RoutingTable.model_validate(given)
    except ValidationError as error:
        faults = (
            f"routes.toml, {'.'.join(map(str, fault['loc'])) or 'table'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise RoutingError("\n".join(faults)) from None
    destinations = {}
    for name, spec in table.destinations.items():
        try:
            destinations[name] = spec.resolved(environ)
        except VariableError as error:
            raise RoutingError(f"routes.toml, destinations.{name}.{error}") from None
    return table.model_copy(update={"destinations": destinations})


def load_file(path: Path, environ: Mapping[str, str]) -> RoutingTable:
    """Read a table from a file; see `load`.

    Raises:
        RoutingError: the file cannot be read, or its table is wrong.
    """
    try:
        return load(path.read_text(encoding="utf-8"), environ)
    except OSError as error:
        raise RoutingError(f"The routing table {path} cannot be read: {error.strerror}.") from None
