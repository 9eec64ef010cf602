"""Writes the IAM policy that a routing table's destinations need: `make routes ARGS="policy"`.

It is for a managed policy, the template's `DestinationsPolicyArn`. JSON goes to the output, and everything else that
there is to say goes to the error output.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from comboio.errors import ComboioError
from comboio.message.contract import GLUE
from comboio.routing.table import RoutingTable
from ops.routes.destination_rights import Place, right
from ops.routes.offline import read_table

COMMAND = "policy"

OWN_QUEUES = frozenset({"$ROUTE_TELEMETRY_QUEUE_URL", "$ROUTE_EVENTS_QUEUE_URL", "$ROUTE_ALERTS_QUEUE_URL"})
"""The targets that are the stack's own queues, to which template.yaml lets its functions send."""

MOST_CHARACTERS = 6_144
"""Characters of a managed policy without white space (IAM quotas)."""


class PolicyError(ComboioError):
    """No policy can be made of the table; the text names each destination, and what it lacks."""


class Policy(NamedTuple):
    """A policy, and what people must know beside it."""

    statements: list[dict[str, Any]]
    notes: list[str]

    @property
    def text(self) -> str:
        """Return its JSON."""
        return json.dumps({"Version": "2012-10-17", "Statement": self.statements}, indent=2)


def add_command(commands: Any, file: Path) -> None:
    """Add the command's parser to those of `make routes`; `file` is the table that it reads unless told otherwise."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    asked = commands.add_parser(
        COMMAND, help="write the IAM policy that the destinations need, for DestinationsPolicyArn"
    )
    asked.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=file,
        help="the routing table (default: DISPATCHER_ROUTES_FILE, else that of the layer)",
    )
    asked.add_argument(
        "--region", default=region, help="the region of destinations that are not named by ARN (default: AWS_REGION)"
    )
    asked.add_argument(
        "--account", default="", help="the account of destinations that are not named by ARN, twelve digits"
    )


def run(file: Path, place: Place, environ: Mapping[str, str], console: Console, aside: Console) -> None:
    """Write the policy of a table to `console`, and the notes to `aside`.

    Raises:
        PolicyError: some destination's resource cannot be named.
        RoutingError, OSError: the table is wrong, or cannot be read.
    """
    table, _ = read_table(file, environ, offline=True)
    policy = policy_of(table, place)
    for note in policy.notes:
        aside.out(note, highlight=False)
    if policy.statements:
        console.out(policy.text, highlight=False)  # print would break lines to fit the terminal
    else:
        aside.print("The table needs no policy: leave DestinationsPolicyArn empty.")


def policy_of(table: RoutingTable, place: Place) -> Policy:
    """Return the least that the destinations of a table need.

    A destination that no route leads to is among them, because messages may still be held for it.

    Raises:
        PolicyError: see there.
    """
    needed: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
    notes, faults = _of_registry(table), list[str]()
    for name, spec in table.destinations.items():
        if spec.shown() in OWN_QUEUES:
            notes.append(f"destinations.{name} is a queue of the stack, whose functions may send to it already.")
            continue
        if spec.type == "python":
            notes.append(
                f"destinations.{name}: what your function calls is not known here. Allow it in another policy."
            )
        try:
            found = right(spec, place, tombstones=_takes_tombstones(table, name))
        except ValueError as error:
            faults.append(f"destinations.{name} ({spec.type} {spec.shown()}): {error}.")
            continue
        if found:
            needed[found.actions, found.qualifier].update(found.resources)
    if faults:
        raise PolicyError("\n".join([*faults, "No policy was written."]))
    statements = [_statement(*key, resources) for key, resources in sorted(needed.items())]
    policy = Policy(statements, notes)
    if (size := len("".join(policy.text.split()))) > MOST_CHARACTERS:
        notes.append(
            f"IAM takes {MOST_CHARACTERS} characters in a managed policy, and this one has {size}. Divide it, and "
            "attach the other parts to the roles of dispatcher and drainer."
        )
    return policy


def _of_registry(table: RoutingTable) -> list[str]:
    contracts = [table.message, *(section.message for section in table.topics.values())]
    if any(contract and contract.registry == GLUE for contract in contracts):
        return ["The table reads schemas from Glue: allow glue:GetSchemaVersion in another policy."]
    return []


def _takes_tombstones(table: RoutingTable, destination: str) -> bool:
    return any(route.value == "tombstone" and destination in route.to for route in table.routes)


def _statement(actions: tuple[str, ...], qualifier: str, resources: Iterable[str]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": sorted(resources)}
    if qualifier:
        statement["Condition"] = {"ForAnyValue:StringEquals": {"states:StateMachineQualifier": [qualifier]}}
    return statement
