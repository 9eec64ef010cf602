"""The routing table: from a message to its destinations."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from comboio.errors import ConfigurationError
from comboio.message.contract import MessageContract, address_fault
from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.reach import check_reach
from comboio.routing.route import RESERVED, Name, Policy, Route, Topic
from comboio.routing.variables import VariableError, resolve
from comboio.section import Section

DEFAULT_TABLE = Path(__file__).with_name("routes.toml")


class RoutingError(ConfigurationError):
    """The table is wrong; the message has a line for each fault, with its place in the table."""


def _version(written: object) -> object:
    if type(written) is not int:  # to Python, true and 1.0 are 1
        raise ValueError("it should be 1 or 2")
    return written


class TopicSection(Section):
    """What a table says of one topic."""

    message: MessageContract


class RoutingTable(Section):
    """All destinations and routes; the first route that takes a message has it, else the default."""

    version: Annotated[Literal[1, 2], BeforeValidator(_version)]
    message: MessageContract | None = None
    topics: dict[Topic, TopicSection] = Field(default_factory=dict)
    destinations: dict[Name, DestinationSpec] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    default: Policy

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        names = Counter(["default", *(route.name for route in self.routes)])
        if repeated := [name for name, times in names.items() if times > 1]:
            raise ValueError(f"each route needs a name of its own, other than `default`: {', '.join(sorted(repeated))}")
        if reserved := [name for name in RESERVED if name in self.destinations]:
            raise ValueError(f"`{reserved[0]}` has a meaning of its own. Choose another name")
        if self.version == 1:
            self._keep_to_version_1()
        for route in (*self.routes, self.fallback):
            self._check(route)
        self._check_compression()
        return self

    def _keep_to_version_1(self) -> None:
        if self.message is not None or self.topics:
            raise ValueError("`[message]` and `[topics]` need `version = 2`; version 1 has the fleet's own contract")
        for route in self.routes:
            if texts := [code for code in route.codigos if isinstance(code, str)]:
                raise ValueError(
                    f'route {route.name}: {texts[0]!r} is neither a codigo (300) nor a range of them ("300-399"); '
                    "codes that are texts need `version = 2`"
                )

    def _check(self, route: Route) -> None:
        if len(set(route.to)) < len(route.to):
            raise ValueError(f"route {route.name}: a destination is named twice")
        for name in RESERVED:
            if name in route.to and len(route.to) > 1:
                raise ValueError(f"route {route.name}: `{name}` must be the only destination of a route")
        if unknown := set(route.to) - set(self.destinations) - set(RESERVED):
            known = ", ".join(sorted(self.destinations)) or "none"
            raise ValueError(f"route {route.name}: no destination {', '.join(sorted(unknown))}; there are: {known}")
        if route.topics:
            check_reach(route, {topic: self.contract(topic) for topic in route.topics})
        else:
            contracts = {"all topics": self.contract(None), **{topic: self.contract(topic) for topic in self.topics}}
            check_reach(route, contracts, all_of_them=True)

    def _check_compression(self) -> None:
        packed = {name for route in (*self.routes, self.fallback) if route.pack > 1 for name in route.to}
        for name, spec in self.destinations.items():
            if spec.options.get("compression") == "gzip" and name not in packed:
                raise ValueError(
                    f"destinations.{name}.compression: it compresses packs, and no route to {name} packs. Set `pack` "
                    "on one, such as 50, or leave `compression` out"
                )

    def contract(self, topic: str | None) -> MessageContract | None:
        """Return the contract of a topic's messages; None stands for the fleet's own."""
        if topic in self.topics:
            return self.topics[topic].message
        return None if self.version == 1 else self.message or MessageContract.model_validate({})

    @property
    def fallback(self) -> Route:
        """Return the default as a route."""
        return Route(name="default", **self.default.model_dump())


def load(text: str, environ: Mapping[str, str]) -> RoutingTable:
    """Read a table in TOML; `$ROUTE_NAME` as a destination's target or option is that environment variable.

    Raises:
        RoutingError: not TOML, against the schema, or a variable is not set or not for tables.
    """
    table = load_contracts(text, environ)
    destinations = {}
    for name, spec in table.destinations.items():
        try:
            destinations[name] = spec.resolved(environ)
        except VariableError as error:
            raise RoutingError(f"routes.toml, destinations.{name}.{error}") from None
    return table.model_copy(update={"destinations": destinations})


def load_contracts(text: str, environ: Mapping[str, str]) -> RoutingTable:
    """Read a table for its contracts alone: the variables of its destinations stay as they are written.

    Raises:
        RoutingError: not TOML, against the schema, or a registry's variable is not set or not for tables.
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
        from comboio.routing.table_fault import fault_line  # where a table is wrong: a cold start pays

        faults = [fault_line(fault, given, RoutingTable.model_fields) for fault in error.errors(include_url=False)]
        raise RoutingError("\n".join(dict.fromkeys(faults))) from None
    topics = {
        name: TopicSection(message=_with_registry(section.message, f"topics.{name}.message", environ))
        for name, section in table.topics.items()
    }
    message = _with_registry(table.message, "message", environ) if table.message else None
    return table.model_copy(update={"topics": topics, "message": message})


def _with_registry(contract: MessageContract, place: str, environ: Mapping[str, str]) -> MessageContract:
    """Return a contract with the values of the variables that its registry names."""
    found = {}
    for option in ("registry", "registry_auth"):
        written = getattr(contract, option)
        if written.startswith("$"):
            try:
                found[option] = resolve(written, environ)
            except VariableError as error:
                raise RoutingError(f"routes.toml, {place}.{option}: {error}") from None
            if option == "registry" and (fault := address_fault(found[option])):
                raise RoutingError(f"routes.toml, {place}.registry: {fault}")
    return contract.model_copy(update=found) if found else contract


def load_file(path: Path, environ: Mapping[str, str]) -> RoutingTable:
    """Read a table from a file; see `load`.

    Raises:
        RoutingError: the file cannot be read, or its table is wrong.
    """
    try:
        return load(path.read_text(encoding="utf-8"), environ)
    except OSError as error:
        raise RoutingError(f"The routing table {path} cannot be read: {error.strerror}.") from None
