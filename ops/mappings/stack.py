"""The template of many mappings: a stack of mapping.yaml for each topic, and the policies to read them all."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from comboio.errors import ConfigurationError
from ops.mappings.declaration import Declaration
from ops.mappings.topics import TopicMapping

Node = dict[str, Any]

MOST_CHARACTERS = 6_000
"""Of a policy: IAM allows 6,144 in a managed one, white space aside."""

_MOST_POLICIES = 9
"""IAM attaches ten managed policies to a role, of which the stack's DestinationsPolicyArn is one."""

_MOST_MAPPINGS = 480
"""CloudFormation allows 500 resources in a template."""


class TooManyMappingsError(ConfigurationError):
    """One stack cannot hold them."""


def mappings_template(
    mappings: Sequence[TopicMapping], declaration: Declaration, outputs: Mapping[str, str], place: Path
) -> Node:
    """Return the template that deploys mappings for the dispatcher whose stack has these outputs.

    `place` is the file that it is written to, from which mapping.yaml is found.

    Raises:
        TooManyMappingsError: they do not fit into one stack, or one role.
    """
    own = {name: outputs[name] for name in ("DispatcherFunctionArn", "DispatcherRoleName", "OnFailureBucketArn")}
    policies = _policies(mappings, declaration)
    if len(mappings) > _MOST_MAPPINGS or len(policies) > _MOST_POLICIES:
        raise TooManyMappingsError(
            f"{len(mappings)} mappings need {len(policies)} policies; a stack holds {_MOST_MAPPINGS} mappings, and "
            f"a role {_MOST_POLICIES} policies. Read some of the topics by a second dispatcher."
        )
    resources: Node = {}
    for number, statements in enumerate(policies, 1):
        document = {"Version": "2012-10-17", "Statement": statements}
        properties = {"Roles": [own["DispatcherRoleName"]], "PolicyDocument": document}
        resources[f"ReadTopics{number}"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
    granted = list(resources)
    template = os.path.relpath(declaration.path, place.parent)
    for each in mappings:
        values = {**each.values, **own, "GrantReading": "false"}
        resources[_logical_id(each)] = {
            "Type": "AWS::CloudFormation::Stack",
            **({"DependsOn": granted} if granted else {}),
            "Properties": {"TemplateURL": template, "Parameters": values},
        }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Comboio: mappings of topics, written by `make mappings`. Change its file, and write it anew.",
        "Resources": resources,
    }


def _logical_id(mapping: TopicMapping) -> str:
    """Return a name that stays while the topic and its cluster do: a mapping that is renamed would be made anew."""
    words = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", mapping.topic))
    return f"{words[:60]}{blake2b(f'{mapping.cluster} {mapping.topic}'.encode(), digest_size=4).hexdigest()}"


def _policies(mappings: Iterable[TopicMapping], declaration: Declaration) -> list[list[Node]]:
    """Share the rights of all mappings out to as few policies as hold them."""
    policies: list[list[Node]] = []
    current: dict[str, Node] = {}
    for each in mappings:
        rights = declaration.rights(each.values)
        merged = _merged(current, rights)
        if current and len(json.dumps(list(merged.values()), separators=(",", ":"))) > MOST_CHARACTERS:
            policies.append(list(current.values()))
            merged = _merged({}, rights)
        current = merged
    return [*policies, list(current.values())] if current else policies


def _merged(statements: Mapping[str, Node], more: Iterable[Node]) -> dict[str, Node]:
    """Return the statements with the resources of those that have the same name."""
    merged = dict(statements)
    for each in more:
        found = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
        before = merged[each["Sid"]]["Resource"] if each["Sid"] in merged else []
        merged[each["Sid"]] = {**each, "Resource": [*before, *(arn for arn in found if arn not in before)]}
    return merged
