"""From the command line to a request. Pure."""

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
    "replay_count": "replay-count",
}
"""Filters that take several values, by field: the option's name."""

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
FLAGS = {"dry_run": "dry-run", "bodies": "bodies"}


def parser() -> argparse.ArgumentParser:
    """The command's options; what each means is said where the request is defined."""
    made = argparse.ArgumentParser(
        prog="make replay ARGS=...",
        description="Looks at dead letters, takes them back, parks or purges them (docs/how-to/replay.md).",
        epilog="Environment: STACK names a CloudFormation stack on AWS (with AWS_PROFILE or keys, and AWS_REGION); "
        "without it, the stack that `make stack` runs on this machine.",
    )
    made.add_argument("action", choices=("inspect", "replay", "park", "purge"))
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
    """The request, not yet checked (the function does that), and whether to answer in JSON."""
    options = vars(parser().parse_args(given))
    as_json = options.pop("json")
    wanted = {name: value for name, value in options.items() if value is not None and name in Filter.model_fields}
    asked = {name: value for name, value in options.items() if value is not None and name in Request.model_fields}
    return ({**asked, "filter": wanted} if wanted else asked), as_json


def _help(field: Any) -> str:
    return str(field.description).replace("%", "%%")
