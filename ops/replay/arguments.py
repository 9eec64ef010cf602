"""Reads a request from the command line. Pure."""

import argparse
from collections.abc import Sequence
from typing import Any

from dlq_replayer.request.request import Filter, Request

FILTERS = {
    "reason": "reason",
    "codigo": "codigo",
    "topic": "topic",
    "partition": "partition",
    "route": "route",
    "key": "key",
    "event_id": "event-id",
    "destination": "destination",
    "replay_count": "replay-count",
}
"""Filters that take several values: the option's name by field."""

OPTIONS = {
    "source": "source",
    "target": "target",
    "max_messages": "max",
    "rate_per_s": "rate",
    "max_replays": "max-replays",
    "order": "order",
    "samples": "samples",
    "confirm": "confirm",
    "self_invoke": "self-invoke",
    "requested_by": "by",
}
"""Options of the request itself: their names by field."""
FLAGS = {"dry_run": "dry-run", "bodies": "bodies"}
"""Options without a value: their names by field."""


def parser() -> argparse.ArgumentParser:
    """Return the command's options. Their help is that of the request's fields."""
    made = argparse.ArgumentParser(
        prog="make replay ARGS=...",
        description="Inspects, replays, parks or purges dead letters, and what waits in the hold queue "
        "(docs/how-to/replay.md).",
        epilog="Environment: STACK names a CloudFormation stack on AWS (with AWS_PROFILE or keys, and AWS_REGION); "
        "without it, the stack that `make stack` runs on this machine.",
    )
    made.add_argument("action", choices=("inspect", "replay", "park", "purge", "drain", "give_up"))
    for field, option in OPTIONS.items():
        made.add_argument(f"--{option}", dest=field, metavar="X", help=_help(Request.model_fields[field]))
    for field, option in FLAGS.items():
        made.add_argument(
            f"--{option}", dest=field, action="store_true", default=None, help=_help(Request.model_fields[field])
        )
    for field, option in FILTERS.items():
        made.add_argument(
            f"--{option}", dest=field, metavar="X", action="append", help=_help(Filter.model_fields[field])
        )
    for field in ("error", "since", "until"):
        made.add_argument(f"--{field}", dest=field, metavar="X", help=_help(Filter.model_fields[field]))
    made.add_argument("--json", action="store_true", help="print the answer as JSON")
    return made


def request(given: Sequence[str]) -> tuple[dict[str, Any], bool]:
    """Return the request, which the function checks, and whether to print the answer as JSON."""
    options = vars(parser().parse_args(given))
    as_json = options.pop("json")
    wanted = {name: value for name, value in options.items() if value is not None and name in Filter.model_fields}
    asked = {name: value for name, value in options.items() if value is not None and name in Request.model_fields}
    return ({**asked, "filter": wanted} if wanted else asked), as_json


def _help(field: Any) -> str:
    return str(field.description).replace("%", "%%")
