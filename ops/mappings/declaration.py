"""What mapping.yaml itself says of a mapping: its parameters, the rules between them, and the rights that it needs."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from consumer.configuration.resolve import Scope, parameter_values
from consumer.configuration.template import Node, read_template

Value = str | int


class Declaration:
    """mapping.yaml, asked about the values of its parameters. Nothing that it says is written down a second time."""

    def __init__(self, path: Path) -> None:
        """Name the template.

        Raises:
            TemplateError: it cannot be read.
        """
        self.path = path
        self._template = read_template(path)

    @cached_property
    def parameters(self) -> Mapping[str, Node]:
        """Return what is said of each parameter."""
        found: Mapping[str, Node] = self._template["Parameters"]
        return found

    def fault_of(self, name: str, value: object) -> str:
        """Return why a parameter may not have a value, as a sentence; nothing if it may."""
        said = self.parameters.get(name)
        if said is None:
            return f"mapping.yaml has no parameter {name}. It has {', '.join(sorted(self.parameters))}."
        number = said["Type"] == "Number"
        if isinstance(value, bool) or not isinstance(value, int if number else str):
            return f"{name} is {'a whole number' if number else 'a text'}, not {value!r}."
        least, most = said.get("MinValue", value), said.get("MaxValue", value)
        if number and not least <= value <= most:
            return f"{name} = {value} is not from {least} to {most}."
        if "AllowedValues" in said and value not in said["AllowedValues"]:
            return f"{name} is one of {', '.join(said['AllowedValues'])}; not {value!r}."
        if "AllowedPattern" in said and not re.fullmatch(said["AllowedPattern"], str(value)):
            return f"{name} must be {said.get('ConstraintDescription', 'like ' + said['AllowedPattern'])}"
        return ""

    def broken_rules(self, values: Mapping[str, Value]) -> list[str]:
        """Return the sentences of the rules that values break together."""
        scope = self._scope(values)
        broken = []
        for rule in self._template["Rules"].values():
            if "RuleCondition" in rule and not scope.resolve(rule["RuleCondition"]):
                continue
            broken += [each["AssertDescription"] for each in rule["Assertions"] if not scope.resolve(each["Assert"])]
        return broken

    def rights(self, values: Mapping[str, Value]) -> list[Node]:
        """Return the statements that let a role read the topic, whoever grants them."""
        policy = self._template["Resources"]["ReadTopic"]["Properties"]["PolicyDocument"]
        found: list[Node] = self._scope(values).resolve(policy["Statement"])
        return found

    def _scope(self, values: Mapping[str, Any]) -> Scope:
        return Scope(self._template, parameter_values(self._template, values))
