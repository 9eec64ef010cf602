"""The end of the demo: inspects the dead letters, replays those that have a route now, and parks the others."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.aws.deployment import Deployment
from local.errors import LocalError
from local.replayer import LocalReplayer

MENDED = ("unknown_codigo",)
"""The kinds of bad input that a new route makes good."""

ROUTE = """
[[routes]]
name = "mended"
codigos = [999999]
to = ["events"]

[default]"""


def replay(deployment: Deployment, table: str, routes: Path) -> Iterator[str]:
    """Do it step by step, and yield the result of each step; `table` is the routing table of the run.

    Raises:
        LocalError: the replayer did not do what it was asked.
    """
    os.environ.update(deployment.aws.environment)  # for boto3, which is asked for large letters only
    routes.write_text(mended(table), encoding="utf-8")
    replayer = LocalReplayer(deployment, {"DISPATCHER_ROUTES_FILE": str(routes)})

    def ask(**request: Any) -> dict[str, Any]:
        answer = replayer.ask(request)
        if "faults" in answer or "problem" in answer or answer["stopped"] != "finished":
            raise LocalError(f"The replayer was asked for {request}, and answered: {answer}")
        return answer

    found = ask(action="inspect")["histogram"]["reason"]
    yield f"the dead letters are inspected: {_listed(found) or 'none'}"
    counts = ask(action="replay", filter={"reason": "unroutable"})["counts"]
    yield f"a route for codigo 999999 is added, and the unroutable are replayed: {counts['replayed']} arrive"
    counts = ask(action="park", filter={"reason": ["malformed", "tombstone"]})["counts"]
    yield f"the malformed and the tombstones are parked: {counts['parked']} letters"


def mended(table: str) -> str:
    """Return the routing table with a route for the unknown codigo."""
    before, default, after = table.rpartition("\n[default]")
    if not default:
        raise LocalError("The routing table has no [default] to put a route before.")
    return f"{before}{ROUTE}{after}"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
