"""Reads a request from the command line. Pure."""

import argparse
from collections.abc import Sequence
from typing import Any

from dlq_replayer.request.request import Filter, Request

FILTERS = {
    "reason": ("reason", "REASON"),
    "codigo": ("codigo", "CODE"),
    "topic": ("topic", "NAME"),
    "partition": ("partition", "N"),
    "route": ("route", "NAME"),
    "key": ("key", "TEXT"),
    "event_id": ("event-id", "ID"),
    "destination": ("destination", "NAME"),
    "replay_count": ("replay-count", "N"),
}
"""Filters that take several values: the option's name and its value's, by field."""

SINGLE_FILTERS = {"error": ("error", "TEXT"), "since": ("since", "TIME"), "until": ("until", "TIME")}
"""Filters that take one value, as above."""

OPTIONS = {
    "source": ("source", "SOURCE"),
    "target": ("target", "TARGET"),
    "max_messages": ("max", "N"),
    "rate_per_s": ("rate", "N"),
    "max_replays": ("max-replays", "N"),
    "order": ("order", "ORDER"),
    "samples": ("samples", "N"),
    "confirm": ("confirm", "TEXT"),
    "self_invoke": ("self-invoke", "N"),
    "requested_by": ("by", "NAME"),
}
"""Options of the request itself, as above."""
FLAGS = {"dry_run": "dry-run", "bodies": "bodies"}
"""Options without a value: their names by field."""

_USAGE = 'make replay ARGS="ACTION [OPTION ...]" [STACK=name]'


def parser() -> argparse.ArgumentParser:
    """Return the command's options. Their help is that of the request's fields."""
    made = argparse.ArgumentParser(
        prog="make replay ARGS=...",
        usage=_USAGE,
        description="Inspects, replays, parks or purges dead letters, and what waits in the hold queue "
        "(docs/how-to/replay.md).",
        epilog="Environment: STACK names a CloudFormation stack on AWS (with AWS_PROFILE or keys, and AWS_REGION); "
        "without it, the command asks the stack that `make stack` runs on this machine.",
    )
    actions = ("inspect", "replay", "park", "purge", "drain", "give_up")
    made.add_argument("action", choices=actions, metavar="ACTION", help=_help(Request.model_fields["action"]))
    for field, (option, value) in OPTIONS.items():
        made.add_argument(f"--{option}", dest=field, metavar=value, help=_help(Request.model_fields[field]))
    for field, option in FLAGS.items():
        made.add_argument(
            f"--{option}", dest=field, action="store_true", default=None, help=_help(Request.model_fields[field])
        )
    made.add_argument("--json", action="store_true", help="Print the answer as JSON.")
    several = made.add_argument_group("filters of which each may be repeated; a letter must meet all that are given")
    for field, (option, value) in FILTERS.items():
        several.add_argument(
            f"--{option}", dest=field, metavar=value, action="append", help=_help(Filter.model_fields[field])
        )
    single = made.add_argument_group("filters with one value")
    for field, (option, value) in SINGLE_FILTERS.items():
        single.add_argument(f"--{option}", dest=field, metavar=value, help=_help(Filter.model_fields[field]))
    return made


def request(given: Sequence[str]) -> tuple[dict[str, Any], bool]:
    """Return the request, which the function checks, and whether to print the answer as JSON."""
    options = vars(parser().parse_args(given))
    as_json = options.pop("json")
    wanted = {name: value for name, value in options.items() if value is not None and name in Filter.model_fields}
    asked = {name: value for name, value in options.items() if value is not None and name in Request.model_fields}
    return ({**asked, "filter": wanted} if wanted else asked), as_json


def _help(field: Any) -> str:
    return str(field.description).replace("%", "%%").replace(" (true or false).", ".")
