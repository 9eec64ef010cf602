"""Options of each service as a page, from its settings model."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from textwrap import fill
from typing import Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from comboio.message.contract import MessageContract
from comboio.otlp.settings import OtlpSettings
from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.route import Policy, Route
from comboio.settings import Option, Settings
from consumer.configuration.which import MappingOptions
from consumer.settings import ConsumerSettings
from dispatcher.destinations import KINDS
from dispatcher.destinations.options import Options
from dispatcher.settings import DispatcherSettings
from dlq_replayer.settings import ReplayerSettings
from docs.generate.table import row
from local.account.settings import CheckSettings
from local.demo.settings import DemoSettings
from local.deploy.settings import DeploySettings
from plan.sample.settings import SampleSettings
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
    Service(
        "Traces",
        OtlpSettings,
        "Environment of the dispatcher, by OpenTelemetry's own names; `template.yaml` sets them by `TracesEndpoint`. A "
        "wrong one is a warning, and there are no traces then (`layers/comboio/comboio/otlp/settings.py`).",
    ),
    Service("Consumer", ConsumerSettings, "The environment of the process (`consumer/settings.py`)."),
    Service(
        "Consumer: its mapping",
        MappingOptions,
        "The environment of the process: the mapping that gives the consumer the options which are not set "
        "(`consumer/configuration/which.py`).",
    ),
    Service(
        "Local stack and demo",
        DemoSettings,
        "Variables of `make demo`, `make stack` and the tests, as in `RATE=2000 make demo` (`local/settings.py`, "
        "`local/demo/settings.py`).",
    ),
    Service(
        "Local deployment",
        DeploySettings,
        "Variables of `make deploy-local`, as in `MESSAGES=5000 make deploy-local` (`local/deploy/settings.py`).",
    ),
    Service(
        "Check of an account",
        CheckSettings,
        "Variables of `make aws-check`, as in `make aws-check ENDPOINT=local` (`local/account/settings.py`).",
    ),
    Service(
        "Planner: a sample from a topic",
        SampleSettings,
        "Variables of `make plan SAMPLE=kafka://host:port/topic`, which names the brokers (`plan/sample/settings.py`).",
    ),
)

ROUTE_HEAD = """## Route

Keys of a `[[routes]]` section of the routing table, and of `[default]`, which takes those from `to` on
(`layers/comboio/comboio/routing/route.py`).

"""

MESSAGE_HEAD = """
## Message

Keys of `[message]` and of `[topics."NAME".message]`, in a table of `version = 2`: where the fields of a payload stand
(`layers/comboio/comboio/message/contract.py`).

"""

DESTINATION_HEAD = """
## Destination

Keys of a `[destinations.NAME]` section: these for every kind, and below what a kind adds or has other bounds for. What
each kind guarantees and needs is in [destinations](destinations.md).

"""

DESTINATION_FIELDS = {
    "type": f"The kind of destination: {', '.join(KINDS)}.",
    "target": "The queue's URL, the ARN, the name or the URL, as the kind needs it.",
}
"""Sentences of the keys that every destination has; the others have theirs in the model."""

WORDS: Mapping[object, str] = {int: "whole number", float: "number", str: "text", float | None: "number"}
"""Types of a key, in words; the others are lists."""

BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most"}
"""Bounds of a key, in words."""


def options_page() -> str:
    """Return the page."""
    return (
        HEAD
        + "\n".join(_service(service) for service in SERVICES)
        + "\n"
        + ROUTE_HEAD
        + _table(_route_keys())
        + MESSAGE_HEAD
        + _table(_specs(MessageContract).values())
        + _destinations()
    )


def _service(service: Service) -> str:
    here = f"{ROOT}/"  # a path's default is the same on every machine
    options = (option._replace(default=option.default.replace(here, "")) for option in service.model.options())
    return f"## {service.title}\n\n{fill(service.about, 120)}\n\n{_table(options)}"


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
        empty = field.is_required() or field.default in ((), None) or field.default_factory is not None
        default = "required" if field.is_required() else "unset" if empty else f"default {field.default}"
        yield Option(name, _allowed(field), default, field.description or "")


def _destinations() -> str:
    """Return the options of the destinations; those of all kinds first, then what each kind adds or changes."""
    common = {**_specs(DestinationSpec), **_specs(Options)}
    parts = [DESTINATION_HEAD, _table(common.values())]
    for kind, place in KINDS.items():
        module = import_module(f"dispatcher.destinations.{place.partition(':')[0]}")
        models = [
            each
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, Options) and each.__module__ == module.__name__
        ]
        own = [option for model in models for name, option in _specs(model).items() if option != common.get(name)]
        if own:
            parts.append(f"\n### {kind}\n\n{_table(own)}")
    return "".join(parts)


def _specs(model: type[BaseModel], *names: str) -> dict[str, Option]:
    """Return the named fields of a model as options, or all of them."""
    found = {}
    for name in names or model.model_fields:
        field = model.model_fields[name]
        empty = not field.is_required() and (field.default in (None, "", ()) or field.default_factory is not None)
        shown = ", ".join(field.default) if type(field.default) is tuple else field.default
        default = "required" if field.is_required() else "unset" if empty else f"default {shown}"
        sentence = field.description or DESTINATION_FIELDS.get(name, "")
        found[name] = Option(name, _allowed(field), default, sentence)
    return found


def _allowed(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return f"one of {', '.join(get_args(field.annotation))}"
    bounds = [
        f"{words} {getattr(bound, name)}"
        for bound in field.metadata
        for name, words in BOUNDS.items()
        if hasattr(bound, name)
    ]
    return ", ".join([WORDS.get(field.annotation, "list"), *bounds])
