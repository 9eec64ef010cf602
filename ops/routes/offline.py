"""Checks a whole routing table on a machine that has neither AWS nor the function's environment."""

from collections import UserDict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from comboio.aws.http import Answer
from comboio.aws.json_api import JsonApi, Service
from comboio.aws.sigv4 import Credentials
from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.table import RoutingError, RoutingTable, load_file
from dispatcher.destinations import build
from dispatcher.routes.same_place import refuse_same_place

_ACCOUNT = "us-east-1:000000000000"
STAND_INS = {
    "sqs": "https://sqs.us-east-1.amazonaws.com/000000000000/unset",
    "sqs_fifo": "https://sqs.us-east-1.amazonaws.com/000000000000/unset.fifo",
    "sns": f"arn:aws:sns:{_ACCOUNT}:unset",
    "sns_fifo": f"arn:aws:sns:{_ACCOUNT}:unset.fifo",
    "step_functions": f"arn:aws:states:{_ACCOUNT}:stateMachine:unset",
    "webhook": "https://unset.invalid/",
    "python": "json:loads",
}
"""Stand-ins of the right form for targets that are not known; the other kinds take a plain name."""

_OPTION_STAND_INS = {
    "kafka": {
        "bootstrap_servers": "unset.invalid:9092",
        "cluster": f"arn:aws:kafka:{_ACCOUNT}:cluster/unset/unset",
        "scram_user": "unset",
        "scram_password": "unset",
    }
}
"""The same for options that a kind cannot be without; others are left out."""

_SHAPE_STAND_INS = {"mask_key": "unset"}
"""The same for what the changes of a payload cannot be without, whatever the kind."""


class Unset(NamedTuple):
    """A variable that this environment does not have, and the place in the table that uses it."""

    variable: str
    place: str


def read_table(file: Path, environ: Mapping[str, str], *, offline: bool) -> tuple[RoutingTable, list[Unset]]:
    """Read the table of a file and make its destinations once; return it with the variables that are not set.

    Where `offline`, unset variables are allowed, and stand in the table as their names.

    Raises:
        RoutingError: the table is wrong, or not `offline` and a variable is not set.
    """
    asked = _Lenient(environ)
    table = load_file(file, asked)
    refuse_same_place(table)
    unset = [
        Unset(value[1:], f"destinations.{name}.{key}")
        for name, spec in table.destinations.items()
        for key, value in spec.model_dump().items()
        if isinstance(value, str) and value.startswith("$") and value[1:] in asked.missing
    ]
    if unset and not offline:
        raise RoutingError(
            "\n".join(f"routes.toml, {place}: the environment has no {variable}." for variable, place in unset)
            + "\nSet them as on the function, or check without them: --offline."
        )
    build(table.model_copy(update={"destinations": _stood_in(table, {each.place for each in unset})}), _nowhere)
    return table, unset


class _Lenient(UserDict[str, str]):
    """An environment in which an unset variable is its own name; remembers which those are."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self.missing: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 there is always something
        """Return the variable, or `$` and its name."""
        if found := self.data.get(name):
            return found
        self.missing.add(name)
        return f"${name}"


def _stood_in(table: RoutingTable, unset: Collection[str]) -> dict[str, DestinationSpec]:
    """Return the destinations with stand-ins for unset targets, and without unset options."""
    specs = {}
    for name, spec in table.destinations.items():
        fields = {key: value for key, value in spec.model_dump().items() if f"destinations.{name}.{key}" not in unset}
        if "target" not in fields:
            fields["target"] = STAND_INS.get(spec.type, "unset")
        stand_ins = {**_SHAPE_STAND_INS, **_OPTION_STAND_INS.get(spec.type, {})}
        fields.update({key: text for key, text in stand_ins.items() if f"destinations.{name}.{key}" in unset})
        specs[name] = DestinationSpec.model_validate(fields)
    return specs


class _Nowhere:
    """An Http that is never asked: destinations are made, and nothing is sent."""

    host = "nowhere.invalid"

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        raise NotImplementedError


def _nowhere(service: Service) -> JsonApi:
    return JsonApi(service, "us-east-1", lambda: Credentials("", ""), _Nowhere())
