"""The intrinsic functions of a template, evaluated as far as that is possible without a deployment. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from consumer.configuration.template import Node, TemplateError

PLACE = re.compile(r"\$\{(!?)([^}]+)\}")
"""A variable in the text of `Fn::Sub`; with `!` it is written as it stands."""

_PSEUDO = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
"""Pseudo parameters that are the same in nearly every region; the others depend on the deployment."""

NOTHING = "AWS::NoValue"

_DEPLOYED = "which only a deployed stack has"

DEEPEST = 50
"""Functions within functions; CloudFormation's own templates have a handful."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the template does not have."""

    why: str
    """What it is and why it is not known, for a sentence: `the attribute Arn of X, which ...`."""
    resource: str = ""
    """The logical name of the resource that it comes from, if it is one."""


def section(parent: Mapping[Any, Any], name: str, of: str) -> Node:
    """Return an object that stands in another; an empty one where there is none. `of` says whose it is.

    Raises:
        TemplateError: something else stands there.
    """
    found = parent.get(name)
    if found is None:
        return {}
    if isinstance(found, dict):
        return found
    what = found.why if isinstance(found, Unknown) else f"of the type {type(found).__name__}"
    raise TemplateError(f"{name} of {of} is {what}. CloudFormation has an object there: correct the template.")


@dataclass(slots=True)
class Scope:
    """What a template's functions may refer to."""

    template: Node
    parameters: Mapping[str, Any]
    """Their values, of which some may be Unknown."""
    _conditions: dict[str, Any] = field(default_factory=dict)

    def resolve(self, node: Any, depth: int = 0) -> Any:
        """Return the value of a node. A property whose value is AWS::NoValue is left out.

        Raises:
            TemplateError: a function is not written as CloudFormation has it.
        """
        if depth > DEEPEST:
            raise TemplateError("The template's functions refer to each other in a circle.")
        if isinstance(node, list):
            return [value for each in node if (value := self.resolve(each, depth + 1)) is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, content = next(iter(node.items()))
            if name in ("Ref", "Condition") or str(name).startswith("Fn::"):
                try:
                    return self._call(name, content, depth + 1)
                except (TypeError, ValueError, KeyError, IndexError, AttributeError):
                    raise TemplateError(f"A {name} of the template is not as CloudFormation has it.") from None
        found = {name: self.resolve(each, depth + 1) for name, each in node.items()}
        return {name: value for name, value in found.items() if value is not None}

    def section(self, parent: Mapping[Any, Any], name: str, of: str) -> Node:
        """Return the values of an object that stands in another; see `section` and `resolve`.

        Raises:
            TemplateError: something else stands there, or what a function gives is something else.
        """
        return section({name: self.resolve(section(parent, name, of))}, name, of)

    def condition(self, name: str, depth: int = 0) -> Any:
        """Return whether a condition holds; Unknown where that depends on the deployment."""
        if name not in self._conditions:
            declared = section(self.template, "Conditions", "the template")
            if name not in declared:
                raise TemplateError(f"The template has no condition {name}.")
            self._conditions[name] = self.resolve(declared[name], depth + 1)
        return self._conditions[name]

    def _call(self, name: str, content: Any, depth: int) -> Any:
        if name == "Ref":
            return self._ref(content)
        if name == "Condition":
            return self.condition(content, depth) if isinstance(content, str) else {"Condition": content}
        if name == "Fn::GetAtt":
            resource, attribute = content.split(".", 1) if isinstance(content, str) else content
            return _attribute(resource, attribute)
        if name == "Fn::Sub":
            return self._sub(content, depth)
        if name == "Fn::If":
            return self._if(content, depth)
        arguments = self.resolve(content, depth)
        unknown = unknown_in(arguments)
        return _plain(name, arguments, self.template) if unknown is None else unknown

    def _ref(self, name: str) -> Any:
        if name == NOTHING:
            return None
        if name in self.parameters:
            return self.parameters[name]
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name.startswith("AWS::"):
            return Unknown(f"the pseudo parameter {name}, {_DEPLOYED}")
        if name in self.template["Resources"]:
            return Unknown(f"the identifier of {name}, {_DEPLOYED}", name)
        raise TemplateError(f"The template refers to {name}, which it does not have.")

    def _sub(self, content: Any, depth: int) -> Any:
        text, own = (content, {}) if isinstance(content, str) else content
        values = {name: self.resolve(each, depth) for name, each in own.items()}
        unknown: list[Unknown] = []

        def replace(match: re.Match[str]) -> str:
            literal, place = match[1], match[2].strip()
            if literal:
                return f"${{{match[2]}}}"
            if place in values:
                value = values[place]
            elif "." in place:
                resource, attribute = place.split(".", 1)
                value = _attribute(resource, attribute)
            else:
                value = self._ref(place)
            if isinstance(value, Unknown):
                unknown.append(value)
                return ""
            return _text(value)

        whole = PLACE.sub(replace, text)
        return unknown[0] if unknown else whole

    def _if(self, content: Any, depth: int) -> Any:
        name, yes, no = content
        holds = self.condition(name, depth)
        if isinstance(holds, Unknown):
            return holds
        return self.resolve(yes if holds else no, depth)


def parameter_values(template: Node, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each parameter of a template: as given, or its default, or Unknown.

    Raises:
        TemplateError: one is given that the template does not have.
    """
    declared = section(template, "Parameters", "the template")
    if strange := sorted(map(str, given.keys() - declared.keys())):
        known = ", ".join(sorted(map(str, declared))) or "none"
        raise TemplateError(f"The template has no parameter {', '.join(strange)}; it has {known}.")
    values = {}
    for name in declared:
        parameter = section(declared, name, "Parameters")
        kind = str(parameter.get("Type", "String"))
        value = given.get(name, parameter.get("Default"))
        if value is None or (kind.startswith("AWS::SSM::") and not isinstance(value, Unknown)):
            why = "which has no value" if value is None else "whose value is in Parameter Store"
            value = Unknown(f"the parameter {name}, {why}")
        elif (kind == "CommaDelimitedList" or kind.startswith("List<")) and isinstance(value, str):
            value = [each.strip() for each in value.split(",")]
        values[name] = value
    return values


def _attribute(resource: str, attribute: str) -> Unknown:
    return Unknown(f"the attribute {attribute} of {resource}, {_DEPLOYED}", resource)


def _plain(name: str, arguments: Any, template: Node) -> Any:
    """Evaluate a function whose arguments are known."""
    match name:
        case "Fn::Equals":
            return _text(arguments[0]) == _text(arguments[1])
        case "Fn::Not":
            return not arguments[0]
        case "Fn::And":
            return all(arguments)
        case "Fn::Or":
            return any(arguments)
        case "Fn::Contains":
            return _text(arguments[1]) in map(_text, arguments[0])
        case "Fn::Select":
            return arguments[1][int(arguments[0])]
        case "Fn::Split":
            return arguments[1].split(arguments[0])
        case "Fn::Join":
            return arguments[0].join(map(_text, arguments[1]))
        case "Fn::FindInMap":
            return template["Mappings"][arguments[0]][arguments[1]][arguments[2]]
    return Unknown(f"what {name} returns, {_DEPLOYED}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)


def unknown_in(value: Any) -> Unknown | None:
    """Return the first part of a value that the template does not have."""
    if isinstance(value, Unknown):
        return value
    found = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((unknown for each in found if (unknown := unknown_in(each)) is not None), None)
