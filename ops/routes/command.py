"""`make routes`: checks a routing table, explains it, writes its policy, pauses and resumes."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from comboio.contract.message import MalformedMessageError
from comboio.contract.record import Record
from comboio.errors import ComboioError
from comboio.message.content import Code, Content
from comboio.message.fields import code_of
from comboio.routing.route import Route
from comboio.routing.router import Router
from comboio.routing.table import DEFAULT_TABLE, RoutingTable
from ops.routes import pause, policy
from ops.routes.destination_rights import Place
from ops.routes.explain import codigos_text, conditions_text, explain, guarantee
from ops.routes.offline import Unset, read_table
from ops.routes.shadowed import shadowed
from ops.stop import stop_for


def run(arguments: Sequence[str], environ: Mapping[str, str], console: Console) -> int:
    """Run the command; return its exit status, 0.

    Raises:
        RoutingError: the table is wrong.
        ComboioError: something cannot be paused, resumed or looked up, or no policy can be made; see their `run`.
        OSError: a file cannot be read.
    """
    asked = _parser().parse_args(arguments)
    if asked.command in pause.COMMANDS:
        pause.run(asked, environ, console)
        return 0
    if asked.command == policy.COMMAND:
        place = Place(asked.region, asked.account)
        policy.run(asked.file, place, environ, console, Console(stderr=True, emoji=False))
        return 0
    table, unset = read_table(asked.file, environ, offline=asked.offline)
    if asked.command == "check":
        _show(console, asked.file, table, unset)
    else:
        _explain(console, asked, table)
    return 0


def _show(console: Console, file: Path, table: RoutingTable, unset: Sequence[Unset]) -> None:
    routes = _table("Routes: the first match takes the message", "route", "topics", "codigos", "when", "to", "how")
    for route in (*table.routes, table.fallback):
        asked = escape(conditions_text(route))
        codigos = escape(codigos_text(route)) or "all"
        routes.add_row(route.name, _topics(route), codigos, asked, ", ".join(route.to), _how(route))
    destinations = _table("Destinations", "destination", "type", "target")
    used = {name for route in (*table.routes, table.fallback) for name in route.to}
    for name, spec in table.destinations.items():
        note = "" if name in used else " (no route leads there)"
        destinations.add_row(f"{name}{note}", escape(spec.type), escape(spec.shown()))
    console.print(routes, destinations)
    for route, by in shadowed(table.routes):
        console.print(
            f"Route {route.name} gets nothing: {by.name}, before it, takes all that it could.", style="yellow"
        )
    for each in unset:
        console.print(f"Not set here: {each.variable}, for {each.place}.", style="yellow", markup=False, soft_wrap=True)
    console.print(f"{file} is a valid routing table.", markup=False, soft_wrap=True)


def _explain(console: Console, asked: argparse.Namespace, table: RoutingTable) -> None:
    record = _record(asked)
    content = Content(asked.codigo, "")
    if asked.message or asked.tombstone:
        try:
            content = Router(table).read(record)
        except MalformedMessageError as error:
            console.print(f"It goes to the DLQ as malformed, whatever the table says: {error}.", markup=False)
            return
    steps = explain(table, record, content)
    kind = "A tombstone" if record.value is None else "A message"
    code = "no codigo" if content.code is None else f"codigo {content.code}"
    console.print(f"{kind} of topic {asked.topic} with {code}:", markup=False)
    for step in steps:
        name = f"{step.route.name}: " if step.route else ""
        console.print(f"  {name}{step.why}", markup=False, soft_wrap=True)
    route = steps[-1].route
    if route is None:
        console.print("It goes to the DLQ as a tombstone.", markup=False)
        return
    if route.discards(record) and route.sample == 1:
        console.print("It is discarded, and counted.", markup=False)
        return
    if route.dead:
        console.print("It goes to the DLQ as unroutable. Add a route for it, then replay it.", markup=False)
        return
    for sentence in _policy(route):
        console.print(f"  {sentence}", markup=False, soft_wrap=True)
    for name in route.to:
        spec = table.destinations[name]
        console.print(f"It goes to {name}, {spec.type} {spec.shown()}.", markup=False, soft_wrap=True)
        console.print(f"  Guarantee: {guarantee(spec.type)}", markup=False, soft_wrap=True)


def _codigo(written: str) -> Code | None:
    try:
        return code_of(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _record(asked: argparse.Namespace) -> Record:
    """Return the record that is asked about. Of a message that is given by its codigo alone, nothing else is known."""
    headers = [{name: list(text.encode())} for name, _, text in (each.partition("=") for each in asked.header)]
    value = None if asked.tombstone else b"{}"
    if asked.message:
        value = asked.message.read_bytes()
    key = None if asked.key is None else asked.key.encode()
    return Record("", f"{asked.topic}-0", asked.topic, 0, 0, 0, key, value, headers)


def _policy(route: Route) -> list[str]:
    ordered = "Messages of a key go one after the other." if route.ordering == "key" else "Messages go in any order."
    once = "offset and event_id" if route.idempotency == "event" else "offset"
    together = f"up to {route.pack} messages in one entry" if route.pack > 1 else "one message in an entry"
    return [
        ordered,
        f"Duplicates are recognised by {once}; {together}; a dead letter after {route.max_attempts} attempts.",
    ]


def _how(route: Route) -> str:
    """Return what a route does beside sending each message once, in any order."""
    if route.dead:
        return ""
    parts = [f"{route.max_attempts} attempts"]
    parts += ["order by key"] if route.ordering == "key" else []
    parts += ["event_id once"] if route.idempotency == "event" else []
    parts += [f"packs of {route.pack}"] if route.pack > 1 else []
    parts += [f"a sample of {route.sample:g}"] if route.sample < 1 else []
    parts += [f"priority {route.priority}"] if route.priority else []
    return ", ".join(parts)


def _table(title: str, *columns: str) -> Table:
    """Return an empty table that cuts nothing: what does not fit continues in the next line."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _topics(route: Route) -> str:
    return escape(", ".join(route.topics)) or "all"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "make routes ARGS=...",
        description="Checks and explains a routing table, and writes its IAM policy; pauses and resumes what it names.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check the table, and print it")
    explained = commands.add_parser("explain", help="say where a message would go, and why")
    explained.add_argument("--topic", required=True, help="the topic of the message")
    what = explained.add_mutually_exclusive_group(required=True)
    what.add_argument("--codigo", type=_codigo, help="the code of the message: a number, or a text")
    what.add_argument("--message", type=Path, metavar="FILE", help="a file with the message")
    what.add_argument("--tombstone", action="store_true", help="ask about a record without a value")
    explained.add_argument("--key", help="the record's key")
    explained.add_argument("--header", action="append", default=[], metavar="NAME=TEXT", help="a header of the record")
    for command in (check, explained):
        command.add_argument("file", nargs="?", type=Path, default=_table_of(os.environ),
                             help="the routing table (default: DISPATCHER_ROUTES_FILE, else the layer's)")  # fmt: skip
    pause.add_commands(commands, _table_of(os.environ))
    policy.add_command(commands, _table_of(os.environ))
    check.add_argument(
        "--offline", action="store_true", help="check without the variables of the environment that the table names"
    )
    explained.set_defaults(offline=True)
    return parser


def _table_of(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DISPATCHER_ROUTES_FILE") or DEFAULT_TABLE)


def main() -> Any:
    """Run the command with this machine's environment."""
    try:
        return run(sys.argv[1:], os.environ, Console(emoji=False))
    except (ComboioError, OSError, UnicodeDecodeError) as error:
        stop_for(error)


if __name__ == "__main__":
    sys.exit(main())
