"""Options of each service as a page, from its settings model."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple, get_args, get_origin

from pydantic.fields import FieldInfo

from comboio.routing.table import Policy, Route
from comboio.settings import Option, Settings
from consumer.settings import ConsumerSettings
from dispatcher.settings import DispatcherSettings
from dlq_replayer.settings import ReplayerSettings
from docs.generate.table import row
from local.demo.settings import DemoSettings
from producer.options.settings import ProducerSettings

ROOT = Path(__file__).parents[2]

HEAD = """# Options

Each service reads its options from environment variables when it starts, and refuses to start with a wrong one: the
error names the variable and says what is allowed. An empty variable counts as unset. A file can hold any value instead:
set `<NAME>_FILE` to its path (for secrets, such as a systemd credential).

This page is generated from the settings models by `make docs`; a test fails when it is out of date.

"""


class Service(NamedTuple):
    """A service with options."""

    title: str
    model: type[Settings]
    about: str
    """Where its options are set, in a sentence."""


SERVICES = (
    Service(
        "Dispatcher",
        DispatcherSettings,
        "Environment of the Lambda function; `template.yaml` sets what it must (`functions/dispatcher/settings.py`).",
    ),
    Service(
        "Replayer",
        ReplayerSettings,
        "Environment of the Lambda function; `template.yaml` sets what it must (`functions/dlq_replayer/settings.py`).",
    ),
    Service(
        "Producer",
        ProducerSettings,
        "`/etc/comboio/producer.env` under systemd, or the environment (`producer/options/settings.py`).",
    ),
    Service("Consumer", ConsumerSettings, "The environment of the process (`consumer/settings.py`)."),
    Service(
        "Local stack and demo",
        DemoSettings,
        "Variables of `make demo`, `make stack` and the tests, as in `RATE=2000 make demo` (`local/settings.py`, "
        "`local/demo/settings.py`).",
    ),
)

ROUTE_HEAD = """## Route

Keys of a `[[routes]]` section of the routing table, and of `[default]`, which takes all but the first three
(`layers/comboio/comboio/routing/table.py`). Destinations have options of their own: see
[destinations](destinations.md).

"""

ROUTE_FIELDS = {
    "name": "The route's name: in metrics, logs and dead letters.",
    "topics": "Topics that it takes; all if left out.",
    "codigos": 'Codes that it takes, `300` or a range `"300-399"`; all if left out.',
}
"""Sentences of the keys that say which messages a route takes; the others have theirs in the model."""

KINDS = {int: "whole number", str: "text"}
"""Types of a route's keys, in words; the others are lists."""

BOUNDS = {"ge": "at least", "le": "at most"}
"""Bounds of a route's keys, in words."""


def options_page() -> str:
    """Return the page."""
    return HEAD + "\n".join(_service(service) for service in SERVICES) + "\n" + ROUTE_HEAD + _table(_route_keys())


def _service(service: Service) -> str:
    here = f"{ROOT}/"  # a path's default is the same on every machine
    options = (option._replace(default=option.default.replace(here, "")) for option in service.model.options())
    return f"## {service.title}\n\n{service.about}\n\n{_table(options)}"


def _table(options: Iterable[Option]) -> str:
    lines = [row("option", "allowed", "default", "what it is"), row("---", "---", "---", "---")]
    for option in options:
        default = option.default.removeprefix("default ")
        shown = default if default in ("required", "unset") else f"`{default}`"
        lines.append(row(f"`{option.variable}`", option.allowed, shown, option.sentence))
    return "\n".join(lines) + "\n"


def _route_keys() -> Iterator[Option]:
    """Yield the keys of a route; first those that say which messages it takes."""
    own = [name for name in Route.model_fields if name not in Policy.model_fields]
    for name in (*own, *Policy.model_fields):
        field = Route.model_fields[name]
        default = "required" if field.is_required() else f"default {field.default}" if field.default != () else "unset"
        yield Option(name, _allowed(field), default, field.description or ROUTE_FIELDS[name])


def _allowed(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return f"one of {', '.join(get_args(field.annotation))}"
    bounds = [
        f"{words} {getattr(bound, name)}"
        for bound in field.metadata
        for name, words in BOUNDS.items()
        if hasattr(bound, name)
    ]
    return ", ".join([KINDS.get(field.annotation, "list") if isinstance(field.annotation, type) else "list", *bounds])
