"""Options of each service as a page, from its settings model."""

import types
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from comboio.routing.table import Policy, Route
from comboio.settings import Settings
from consumer.settings import ConsumerSettings
from dispatcher.settings import DispatcherSettings
from dlq_replayer.settings import ReplayerSettings
from docs.generate.table import row
from local.demo.settings import DemoSettings
from producer.options.settings import ProducerSettings

ROOT = Path(__file__).parents[2]

HEAD = """# Options

Each service reads its options from environment variables when it starts, and refuses to start with a wrong one: the
error names the variable and says what is allowed. An empty variable counts as unset.

This page is generated from the settings models by `python -m docs.generate`; a test fails when it is out of date.

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

WORDS: Mapping[type, str] = {bool: "true or false", int: "whole number", float: "number", str: "text", Path: "path"}

ROUTE_FIELDS = {
    "name": "The route's name: in metrics, logs and dead letters.",
    "topics": "Topics that it takes; all if left out.",
    "codigos": 'Codes that it takes, `300` or a range `"300-399"`; all if left out.',
}
"""Sentences of the keys that say which messages a route takes; the others have theirs in the model."""

BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def options_page() -> str:
    """Return the page."""
    return HEAD + "\n".join(_service(service) for service in SERVICES) + "\n" + _route()


def _service(service: Service) -> str:
    model = service.model
    options = ((model.environment_name(name), field) for name, field in model.model_fields.items())
    return f"## {service.title}\n\n{service.about}\n\n{_table(options)}"


def _route() -> str:
    first = [(name, field) for name, field in Route.model_fields.items() if name not in Policy.model_fields]
    return ROUTE_HEAD + _table([*first, *Policy.model_fields.items()])


def _table(options: Iterable[tuple[str, FieldInfo]]) -> str:
    lines = [row("option", "allowed", "default", "what it is"), row("---", "---", "---", "---")]
    for name, field in options:
        lines.append(row(f"`{name}`", allowed(field), _default(field), field.description or ROUTE_FIELDS.get(name, "")))
    return "\n".join(lines) + "\n"


def allowed(field: FieldInfo) -> str:
    """Return what an option may be, in words."""
    bounds = [
        f"{words} {_plain(getattr(bound, name))}"
        for bound in field.metadata
        for name, words in BOUNDS.items()
        if getattr(bound, name, None) is not None
    ]
    return ", ".join([_kind(field.annotation), *bounds])


def _kind(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin is Literal:
        return _either(get_args(annotation))
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(each) for each in get_args(annotation) if each is not type(None))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _either(member.value for member in annotation)
    if annotation in WORDS:
        return WORDS[annotation]
    if origin in (tuple, list):
        return "list"
    if origin is dict:
        return "list of `name=value`"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    return "text"


def _either(values: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or _plain(value) == "" or value == {}:
        return ""
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Path):
        return str(value.relative_to(ROOT) if value.is_relative_to(ROOT) else value)
    if isinstance(value, tuple) and type(value) is tuple:
        return ",".join(map(_plain, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
