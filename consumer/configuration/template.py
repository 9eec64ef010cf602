"""A SAM or CloudFormation template as plain data, and the parameters that samconfig.toml gives it."""

import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from comboio.errors import ConfigurationError

Node = dict[str, Any]
"""A mapping of a template. Functions have their long names: `!Sub x` reads as `{"Fn::Sub": "x"}`."""

_SAM_CONFIGURATION = "samconfig.toml"

_MOST_NODES = 100_000
"""Nodes of a template that are read: a template of 1 MB, the most that CloudFormation takes, has fewer. YAML's aliases
can make billions of a few lines."""


_DEEPEST_FLOW = 100
"""Brackets within brackets of YAML. Its reader goes through all that are open at each sign, and needs two seconds of
processor time to give up on a thousand."""


class TemplateError(ConfigurationError):
    """The template cannot be read, or has no mapping that fits."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags."""

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803 - PyYAML's own name for it
        """See Scanner; refuse what is nested too deeply before it costs time."""
        if self.flow_level >= _DEEPEST_FLOW:
            raise yaml.MarkedYAMLError(problem_mark=self.get_mark())
        super().fetch_flow_collection_start(TokenClass)


def _read_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    raise TemplateError(f"!{suffix} has no value")


_Loader.add_multi_constructor("!", _read_tag)


def read_template(path: Path) -> Node:
    """Read a template in YAML or JSON.

    Raises:
        TemplateError: the file cannot be read, or is no template.
    """
    try:
        whole = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise TemplateError(f"The template {path} cannot be read: {error.strerror}. Check CONSUMER_TEMPLATE.") from None
    except TemplateError:
        raise
    except Exception as error:  # PyYAML raises its own, and of values like `!!timestamp x` whatever comes to pass
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 1}" if where is not None else ""
        raise TemplateError(f"The template {path} is neither YAML nor JSON{line}.") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("Resources"), dict):
        raise TemplateError(f"{path} has no Resources: it is not a template of SAM or CloudFormation.")
    if _nodes(whole, _MOST_NODES) > _MOST_NODES:
        raise TemplateError(f"{path} has more than {_MOST_NODES} nodes, which no template of CloudFormation has.")
    return whole


def _nodes(node: Any, most: int) -> int:
    count = 0
    ahead = [node]
    while ahead and count <= most:
        found = ahead.pop()
        count += 1
        if isinstance(found, dict):
            ahead += found.values()
        elif isinstance(found, list):
            ahead += found
    return count


def sam_parameters(folder: Path) -> Mapping[str, str]:
    """Return what the samconfig.toml of this folder overrides in `sam deploy`; nothing where there is none.

    Raises:
        TemplateError: the file is there and cannot be read.
    """
    path = folder / _SAM_CONFIGURATION
    if not path.exists():
        return {}
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TemplateError(f"{path} cannot be read: {error}") from None
    except RecursionError:
        raise TemplateError(f"{path} cannot be read: it is nested too deeply.") from None
    found: dict[str, str] = {}
    for command in ("global", "deploy"):
        given: Any = whole
        for name in ("default", command, "parameters", "parameter_overrides"):
            if not isinstance(given, dict):
                raise TemplateError(f"{path} is not as SAM has it: {name} stands in something that is no table.")
            given = given.get(name, {})
        found |= read_parameters(" ".join(map(str, given)) if isinstance(given, list) else str(given or ""))
    return found


def read_parameters(text: str) -> dict[str, str]:
    """Read `Name=value Other="two words"`, as `sam deploy --parameter-overrides` takes it.

    Raises:
        TemplateError: an entry is not Name=value.
    """
    found = {}
    try:
        entries = shlex.split(text)
    except ValueError as error:
        raise TemplateError(f"The template's parameters cannot be read: {error}.") from None
    for number, entry in enumerate(entries, 1):
        name, equals, value = entry.partition("=")
        if not equals or not name:
            raise TemplateError(f"Entry {number} of the template's parameters is not Name=value. It is not shown.")
        found[name] = value
    return found
