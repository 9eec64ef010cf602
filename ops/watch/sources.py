"""Opens the source that is asked for: a stack on AWS, or what runs on this machine."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import boto3
from botocore.config import Config

from comboio.routing.table import DEFAULT_TABLE
from local.aws.attach import DEMO_FILE, ENDPOINT_FILE, attach, running
from local.errors import LocalError
from local.kafka import TOPICS
from local.kafka.retention import RetentionWatch
from ops.routes.offline import read_table
from ops.watch.deployed import DeployedStack
from ops.watch.local_stack import LocalStack
from ops.watch.panel import Panel

EVERY_S, EVERY_ON_AWS_S = 2.0, 30.0
"""Seconds between two looks. CloudWatch has a value a minute, and bills each that it is asked for."""

GROUP = "comboio-consumer"
"""The group of a consumer that is given none."""

_QUICK = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2})
"""Of clients: a board that waits for a service shows nothing else meanwhile."""


class WatchedStack(Protocol):
    """A stack that can be looked at."""

    def look(self, now: float) -> list[Panel]:
        """Return the panels at `now` (epoch seconds)."""
        ...


class Opened(NamedTuple):
    """A source and how it is shown."""

    source: WatchedStack
    name: str
    every_s: float
    """Seconds between two looks, where nobody says otherwise."""
    there: Callable[[], bool]
    """Whether it still runs, as far as this machine knows."""


class _Clients(dict[str, Any]):
    """boto3's clients by service, each made when it is first asked for."""

    def __missing__(self, service: str) -> Any:
        made = self[service] = boto3.client(service, config=_QUICK)  # type: ignore[call-overload]  # any name
        return made


def opened(environ: Mapping[str, str], file: Path | None, group: str, until_then: ExitStack) -> Opened:
    """Return the source: STACK's, or the one that runs here; `until_then` closes it.

    Raises:
        RoutingError: the routing table is wrong, or cannot be read.
        LocalError: no stack runs here.
    """
    if stack := environ.get("STACK", ""):
        names = names_of(file or Path(DEFAULT_TABLE), environ)
        source = DeployedStack(stack, environ, names, _Clients().__getitem__)
        return Opened(source, f"the stack {stack}", EVERY_ON_AWS_S, lambda: True)
    place = found_here()
    here, deployment = running(place), attach(place)
    group = group or here.group or GROUP
    table = file or Path(here.routes or DEFAULT_TABLE)
    watch = until_then.enter_context(RetentionWatch(here.kafka, group, TOPICS))
    local = LocalStack(
        deployment,
        lambda: watch.windows(2.0),
        lambda: names_of(table, deployment.environment("DispatcherFunction")),
        Path(here.figures) if here.figures else None,
    )
    name = "the demo" if place == DEMO_FILE else "the stack of `make stack`"
    return Opened(local, f"{name}, group {group}", EVERY_S, place.exists)


def names_of(file: Path, environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the destinations and the routes of a table.

    Raises:
        RoutingError: it is wrong, or cannot be read.
    """
    table, _ = read_table(file, environ, offline=True)
    return list(table.destinations), [route.name for route in (*table.routes, table.fallback)]


def found_here(places: Sequence[Path] = (DEMO_FILE, ENDPOINT_FILE)) -> Path:
    """Return where the stack that runs on this machine says so: the demo's, else that of `make stack`.

    Raises:
        LocalError: none runs.
    """
    for place in places:
        try:
            attach(place)
        except LocalError:
            continue
        return place
    raise LocalError(
        "No stack runs on this machine. Start one in another terminal (make demo, or make stack), or name one on AWS: "
        "make watch STACK=comboio (AWS_PROFILE, AWS_REGION)."
    )
