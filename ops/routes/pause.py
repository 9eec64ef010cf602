"""Pauses and resumes destinations and routes without a deploy, and shows their state: `make routes ARGS="pause NAME"`.

The state is an item of the ledger's table, which every execution environment that dispatches reads once a second.
"""

import argparse
import getpass
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from comboio.destination_state import state as policy
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.destination_state.state import SharedState, View, see
from comboio.destination_state.store import StateStore, destination_item, route_item
from comboio.errors import ComboioError
from comboio.routing.table import RoutingTable
from ops.ledger_table import ledger_table
from ops.routes.offline import read_table
from ops.safe_text import safe

COMMANDS = ("pause", "resume", "status")

TRIES = 5
"""Writes of one change, while the function changes the state in between."""

Open = Callable[[str, Mapping[str, str]], StateStore]
"""Opens the store of a table that is named, or of the stack that the environment names."""


class PauseRefusedError(ComboioError):
    """The name cannot be paused or resumed; the text says why, and what to do."""


def open_store(table: str, environ: Mapping[str, str]) -> StateStore:
    """Return the store on AWS or of the local stack; see `ledger_table`."""
    return DynamoStateStore(*ledger_table(table, environ))


def add_commands(commands: Any, file: Path) -> None:
    """Add the commands' parsers to those of `make routes`; `file` is the table to look names up in."""
    pause = commands.add_parser("pause", help="send nothing to a destination, or by a route, until it is resumed")
    resume = commands.add_parser("resume", help="send again, and close the circuit of the destination")
    status = commands.add_parser("status", help="show what is paused, and which circuits are open")
    for command in (pause, resume):
        command.add_argument("name", help="the destination or route")
        command.add_argument(
            "--kind", choices=("destination", "route"), help="what the name is of, where the table has both"
        )
    pause.add_argument("--why", default="", metavar="TEXT", help="the reason, for whoever looks at the status")
    pause.add_argument("--by", default=_user(), metavar="NAME", help="who pauses it (default: the user's name)")
    for command in (pause, resume, status):
        command.add_argument(
            "--file",
            type=Path,
            default=file,
            help="the routing table that has the name (default: DISPATCHER_ROUTES_FILE, else that of the layer)",
        )
        command.add_argument(
            "--table",
            default=os.environ.get("LEDGER_TABLE", ""),
            help="the ledger's table (default: LEDGER_TABLE, else that of STACK, else that of `make stack`)",
        )


def run(
    asked: argparse.Namespace,
    environ: Mapping[str, str],
    console: Console,
    open_store: Open = open_store,
    now: int | None = None,
) -> None:
    """Carry out one of the commands at `now` (epoch ms).

    Raises:
        PauseRefusedError: the name is not in the table, or is both.
        RoutingError, OSError: the table cannot be read.
        TableNotFoundError, NoCredentialsError, AwsError: the state cannot be reached.
    """
    now = time.time_ns() // 1_000_000 if now is None else now
    table, _ = read_table(asked.file, environ, offline=True)
    if asked.command == "status":
        console.print(_status(table, open_store(asked.table, environ), now))
        return
    kind, item = _item(table, asked.name, asked.kind)
    store = open_store(asked.table, environ)
    if asked.command == "pause":
        said = _pause(store, item, f"The {kind} {asked.name}", asked, now)
    else:
        said = _resume(store, item, f"The {kind} {asked.name}", now)
    console.print(said, markup=False, soft_wrap=True)


def _pause(store: StateStore, item: str, named: str, asked: argparse.Namespace, now: int) -> str:
    before, changed = _change(store, item, lambda view: policy.paused(view, asked.by, asked.why, now), now)
    if not changed:
        return f"{named} is paused already: {_paused(before)}. Nothing was changed."
    return (
        f"{named} is paused. Environments that dispatch see it within a second; calls that are under way end. Its "
        "messages are diverted or wait, as their route's `when_down` says. Resume it with `resume`."
    )


def _resume(store: StateStore, item: str, named: str, now: int) -> str:
    before, changed = _change(store, item, policy.resumed, now)
    if not changed:
        return f"{named} is not paused. Nothing was changed."
    return f"{named} is resumed; it was paused {_paused(before)}. Environments that dispatch see it within a second."


def _change(
    store: StateStore, item: str, change: Callable[[View], SharedState | None], now: int
) -> tuple[SharedState, bool]:
    """Make a change, and return the state before it and whether it was made; False where there is nothing to change."""
    stored = store.read([item]).get(item)
    if stored is None:
        raise PauseRefusedError(f"The table did not return {item}. Nothing was changed; try again.")
    for _ in range(TRIES):
        wanted = change(see(stored, now))
        if wanted is None:
            return stored, False
        written, after = store.write(item, wanted)
        if written:
            return stored, True
        stored = after
    raise PauseRefusedError(f"{item} changes too often to be written. Nothing was changed; try again.")


def _item(table: RoutingTable, name: str, kind: str | None) -> tuple[str, str]:
    routes = {route.name for route in (*table.routes, table.fallback)}
    kinds = [
        each
        for each, names in (("destination", set(table.destinations)), ("route", routes))
        if name in names and kind in (None, each)
    ]
    if len(kinds) > 1:
        raise PauseRefusedError(f"{name} is a destination and a route: say --kind destination or --kind route.")
    if not kinds:
        raise PauseRefusedError(
            f"The table has no {kind or 'destination or route'} {name}. Destinations: "
            f"{', '.join(sorted(table.destinations)) or 'none'}; routes: {', '.join(sorted(routes))}. "
            "If the function has another table, name it with --file."
        )
    return kinds[0], (destination_item if kinds[0] == "destination" else route_item)(name)


def _status(table: RoutingTable, store: StateStore, now: int) -> Table:
    routes = [route.name for route in (*table.routes, table.fallback)]
    items = {destination_item(name): ("destination", name) for name in table.destinations}
    items |= {route_item(name): ("route", name) for name in routes}
    states = store.read(items)
    shown = Table(title="State of destinations and routes")
    for column in ("", "name", "state"):
        shown.add_column(column, overflow="fold")
    for item, (kind, name) in items.items():
        state = states.get(item)
        shown.add_row(kind, escape(name), escape(safe(sentence(state, now))) if state else "not returned by the table")
    return shown


def sentence(state: SharedState, now: int) -> str:
    """Return what a state means for whoever wants to send, at `now` (epoch ms)."""
    if state.paused_since:
        return f"paused {_paused(state)}"
    view = see(state, now)
    if now < view.retry_until:
        return f"wants no call for {_seconds(view.retry_until - now)} (Retry-After)"
    if not state.pause_ms:
        return "sends"
    if state.probe_owner and now < view.probe_until:
        return f"circuit open; a probe is out, for {_seconds(view.probe_until - now)} at most"
    if now < view.open_until:
        return f"circuit open; the next probe in {_seconds(view.open_until - now)}"
    return "circuit open; a probe is due with the next batch"


def _paused(state: SharedState) -> str:
    since = datetime.fromtimestamp(state.paused_since / 1000, UTC)
    why = f": {state.paused_why}" if state.paused_why else ""
    return f"since {since:%Y-%m-%d %H:%M:%S}Z by {state.paused_by}{why}"


def _seconds(ms: int) -> str:
    return f"{(ms + 999) // 1000} s"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
