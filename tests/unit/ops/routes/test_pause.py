"""The commands that pause and resume destinations and routes."""

import argparse
import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from comboio.destination_state.memory import MemoryStateStore
from comboio.destination_state.shared_states import SharedStates
from comboio.destination_state.state import Permission, SharedState
from comboio.destination_state.store import StateStore, destination_item, route_item
from ops.routes import pause
from ops.routes.pause import PauseRefusedError

NOW = 1_795_359_600_000

TABLE = """
version = 1
[destinations.partner]
type = "webhook"
target = "https://partner.example/in"
[destinations.both]
type = "sqs"
target = "$ROUTE_QUEUE"
[[routes]]
name = "both"
topics = ["mt-c400"]
to = ["partner"]
[default]
to = ["both"]
"""


class Desk:
    """The commands over a store in memory."""

    def __init__(self, folder: Path) -> None:
        self.store = MemoryStateStore()
        self.file = folder / "routes.toml"
        self.file.write_text(TABLE)
        self.tables: list[str] = []

    def _open(self, table: str, environ: Mapping[str, str]) -> StateStore:
        self.tables.append(table)
        return self.store

    def say(self, *arguments: str, now: int = NOW) -> str:
        """Run a command and return what it says."""
        parser = argparse.ArgumentParser()
        pause.add_commands(parser.add_subparsers(dest="command"), self.file)
        said = io.StringIO()
        pause.run(parser.parse_args(arguments), {}, Console(file=said, width=200), self._open, now)
        return said.getvalue()

    def environment(self, now: int) -> SharedStates:
        """Return what an execution environment knows that reads at `now`."""
        states = SharedStates(self.store, "env")
        states.refresh(["partner", "both"], ["both", "default"], now)
        return states


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give a table with a destination, a route, and a name that is both."""
    return Desk(tmp_path)


def test_a_paused_destination_is_paused_for_every_environment(desk: Desk) -> None:
    """After a pause nothing may be sent to the destination; after a resume everything, and nothing else was touched."""
    assert "is paused" in desk.say("pause", "partner", "--by", "Maria", "--why", "their maintenance")
    states = desk.environment(NOW + 1_000)
    assert states.permission("partner", NOW + 10**9) is Permission.PAUSED
    assert states.permission("both", NOW) is Permission.SEND
    assert not states.route_paused("both")
    said = desk.say("resume", "partner", now=NOW + 60_000)
    assert "since 2026-11-22" in said and "by Maria: their maintenance" in said
    assert desk.environment(NOW + 60_000).permission("partner", NOW + 60_000) is Permission.SEND


def test_a_route_is_paused_by_its_name(desk: Desk) -> None:
    """A route is paused without its destinations; the default is one too."""
    desk.say("pause", "both", "--kind", "route")
    desk.say("pause", "default")
    states = desk.environment(NOW)
    assert states.route_paused("both") and states.route_paused("default")
    assert states.permission("both", NOW) is Permission.SEND


def test_saying_it_twice_changes_nothing(desk: Desk) -> None:
    """The first pause stays as it is, with its operator; what is not paused cannot be resumed."""
    desk.say("pause", "partner", "--by", "Maria", "--why", "first")
    assert "paused already" in desk.say("pause", "partner", "--by", "José", "--why", "second")
    assert desk.store.read([destination_item("partner")])[destination_item("partner")].paused_why == "first"
    desk.say("resume", "partner")
    assert "is not paused" in desk.say("resume", "partner")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pause", "nobody"), "no destination or route nobody"),
        (("pause", "nobody"), "Destinations: both, partner; routes: both, default"),
        (("pause", "both"), "a destination and a route"),
        (("resume", "partner", "--kind", "route"), "no route partner"),
    ],
)
def test_a_name_that_is_not_clear_is_refused(desk: Desk, arguments: tuple[str, ...], sentence: str) -> None:
    """What the table does not have, or has twice, is refused with what there is, before anything is opened."""
    with pytest.raises(PauseRefusedError, match=sentence):
        desk.say(*arguments)
    assert desk.tables == []


def test_the_status_shows_every_state(desk: Desk) -> None:
    """Each destination and route stands with what it does now: sends, waits, probes, or is paused by whom and why."""
    partner = destination_item("partner")

    def shown(state: SharedState, now: int) -> str:
        before = desk.store.read([partner])[partner]
        desk.store.write(partner, state._replace(version=before.version))
        return " ".join(desk.say("status", now=now).split())

    assert "partner │ sends" in shown(SharedState(), NOW)
    opened = SharedState(open_until=NOW + 8_000, pause_ms=8_000)
    assert "the next probe in 8 s" in shown(opened, NOW)
    assert "a probe is due" in shown(opened, NOW + 8_000)
    probing = opened._replace(probe_owner="env", probe_until=NOW + 9_000, probe_ms=1_000)
    assert "a probe is out, for 1 s at most" in shown(probing, NOW + 8_000)
    assert "no call for 5 s (Retry-After)" in shown(SharedState(retry_until=NOW + 5_000, retry_ms=5_000), NOW)
    desk.say("pause", "both", "--kind", "route", "--by", "Maria", "--why", "[x] audit")
    said = desk.say("status")
    assert "by Maria: [x] audit" in said and all(name in said for name in ("partner", "both", "default"))


@pytest.mark.robustness("commands in a race with the function")
def test_a_pause_outlasts_what_the_function_writes_at_the_same_time(desk: Desk) -> None:
    """A change that comes between the command's read and its write is kept, and the pause is written all the same."""
    item = destination_item("partner")

    class Busy(MemoryStateStore):
        writes = 0

        def write(self, item: str, state: SharedState, *, within_s: float = 1.0) -> tuple[bool, SharedState]:
            self.writes += 1
            if self.writes in (1, 2):
                super().write(item, SharedState(version=self.writes - 1, open_until=NOW + 1_000, pause_ms=1_000))
            return super().write(item, state)

    desk.store = Busy()
    desk.say("pause", "partner")
    stored = desk.store.read([item])[item]
    assert stored.paused_since == NOW and stored.pause_ms == 1_000


def test_a_table_that_is_named_is_the_one_that_is_opened(desk: Desk) -> None:
    """`--table` names the table of the items, whatever the environment says."""
    desk.say("pause", "both", "--kind", "destination", "--table", "mine")
    assert desk.tables == ["mine"]
    assert desk.store.read([route_item("both")])[route_item("both")] == SharedState()
