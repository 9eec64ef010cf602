"""Reads template.yaml and mapping.yaml, with CloudFormation's short tags and SAM's Globals resolved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

Node = dict[str, Any]
"""A mapping of a template."""


class CloudFormationLoader(yaml.CSafeLoader):
    """YAML with CloudFormation's short tags; `!Ref X` reads as {"Ref": "X"}, `!GetAtt A.B` as {"GetAtt": "A.B"}.

    By libyaml, as reading both templates in Python takes a second of each worker.
    """


def _read_tag(loader: CloudFormationLoader, suffix: str, node: yaml.Node) -> Node:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    raise yaml.constructor.ConstructorError(None, None, f"!{suffix} takes no mapping", node.start_mark)


CloudFormationLoader.add_multi_constructor("!", _read_tag)


@dataclass(frozen=True, slots=True)
class Template:
    """A template's sections."""

    path: Path
    parameters: Node
    resources: Node
    conditions: Node
    outputs: Node
    metadata: Node
    mappings: Node
    defaults: Node
    """What Globals give every function."""

    def of_type(self, kind: str) -> dict[str, Node]:
        """Return the properties of every resource of a type by its logical name."""
        found = {name: each.get("Properties", {}) for name, each in self.resources.items() if each["Type"] == kind}
        if kind == "AWS::Serverless::Function":
            return {name: _merged(self.defaults, properties) for name, properties in found.items()}
        return found

    def function(self, name: str) -> Node:
        """Return the properties of a function, those of Globals among them."""
        return self.of_type("AWS::Serverless::Function")[name]

    def variables(self, name: str) -> Node:
        """Return the environment of a function."""
        found: Node = self.function(name)["Environment"]["Variables"]
        return found

    def statements(self, role: str) -> dict[str, Node]:
        """Return the statements of a role's policies by their Sid, those of separate policies of this template too."""
        policies = list(self.resources[role]["Properties"]["Policies"])
        for policy in self.of_type("AWS::IAM::Policy").values():
            policies += [policy] if {"Ref": role} in policy["Roles"] else []
        return statements_of(policies)

    def under(self, *holding: str) -> "Template":
        """Return what is deployed where only the conditions that are named hold."""
        assert set(holding) <= set(self.conditions)
        kept = {name: each for name, each in self.resources.items() if each.get("Condition") in (None, *holding)}
        return replace(self, resources=_chosen(kept, holding), defaults=_chosen(self.defaults, holding))

    def parameter(self, value: object) -> Node:
        """Return the parameter that a property takes its value from."""
        assert isinstance(value, dict) and list(value) == ["Ref"], f"{value} is not a parameter"
        found: Node = self.parameters[value["Ref"]]
        return found


def read(name: str) -> Template:
    """Read a template of the repository."""
    path = ROOT / name
    whole: Node = yaml.load(path.read_text(), Loader=CloudFormationLoader)  # noqa: S506 - a SafeLoader
    return Template(
        path,
        parameters=whole["Parameters"],
        resources=whole["Resources"],
        conditions=whole.get("Conditions", {}),
        outputs=whole.get("Outputs", {}),
        metadata=whole["Metadata"],
        mappings=whole.get("Mappings", {}),
        defaults=whole.get("Globals", {}).get("Function", {}),
    )


def statements_of(policies: Iterable[Node]) -> dict[str, Node]:
    """Return the statements of policies by their Sid, those that depend on a condition among them."""
    written = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    found = [each["If"][1] if "If" in each else each for each in written]
    return {each["Sid"]: each for each in found}


def values_of(node: object, tag: str) -> Iterator[str]:
    """Yield every text under a tag, wherever it is below the node."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == tag and isinstance(value, str):
                yield value
            yield from values_of(value, tag)
    elif isinstance(node, list):
        for item in node:
            yield from values_of(item, tag)


NOTHING = {"Ref": "AWS::NoValue"}


def _chosen(node: Any, holding: tuple[str, ...]) -> Any:
    """Replace each Fn::If by the branch that is taken, and leave out what is AWS::NoValue."""
    if isinstance(node, dict):
        if list(node) == ["If"]:
            condition, yes, no = node["If"]
            return _chosen(yes if condition in holding else no, holding)
        chosen = {key: _chosen(value, holding) for key, value in node.items()}
        return chosen if chosen == NOTHING else {key: value for key, value in chosen.items() if value != NOTHING}
    if isinstance(node, list):
        return [value for each in node if (value := _chosen(each, holding)) != NOTHING]
    return node


def _merged(defaults: Node, own: Node) -> Node:
    """Merge as SAM does: mappings by key, lists one after the other, the function's own value over the default."""
    merged = {**defaults, **own}
    for name in defaults.keys() & own.keys():
        if isinstance(defaults[name], dict) and isinstance(own[name], dict):
            merged[name] = _merged(defaults[name], own[name])
        elif isinstance(defaults[name], list) and isinstance(own[name], list):
            merged[name] = [*defaults[name], *own[name]]
    return merged


TEMPLATE = read("template.yaml")
"""The stack."""

MAPPING = read("mapping.yaml")
"""One topic of it."""

EVERYTHING = TEMPLATE.under(*TEMPLATE.conditions)
"""What is deployed where every option is used."""

DEFAULTS = ("HasMsk", "HasHeavyTopic", "HasLightTopic", "HasPriorityTopic")
"""The conditions that hold by default, with an MSK cluster."""

PLAIN = TEMPLATE.under(*DEFAULTS)
"""What is deployed where every option has its default."""
