"""Which mapping the consumer stands in for: its options, and what they lead to."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import Field, model_validator

from comboio.settings import FILE, Settings
from consumer.configuration.declared import MappingConfiguration, declared_mappings
from consumer.configuration.deployed import UUID, deployed_mapping, stack_mappings
from consumer.configuration.options import given
from consumer.configuration.provisioned_pollers import unless_one_at_a_time
from consumer.configuration.template import TemplateError, read_parameters, sam_parameters

Connect = Callable[[str], Any]
"""Makes a client of an AWS service by its name."""


class MappingOptions(Settings):
    """Where the mapping is declared or deployed. Without one, the consumer's own options say all."""

    PREFIX: ClassVar[str] = "CONSUMER_"

    template: Path | None = Field(
        None,
        description="SAM or CloudFormation template to take a mapping's settings from; samconfig.toml beside it gives "
        "parameters. The options below override each.",
    )
    stack: str = Field("", description="Deployed CloudFormation stack to take a mapping's settings from.")
    mapping: str = Field(
        "", description="Which mapping of them: its logical name; or, without either, the UUID of a deployed one."
    )
    parameters: str = Field(
        "", description='Parameters of the template: Name=value Other="two words"; they override samconfig.toml.'
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.template is not None and self.stack:
            raise ValueError("CONSUMER_TEMPLATE and CONSUMER_STACK are both set. Unset one of them.")
        if self.mapping and self.template is None and not self.stack and not UUID.fullmatch(self.mapping):
            raise ValueError(
                "CONSUMER_MAPPING is not the UUID of a deployed mapping. Set CONSUMER_TEMPLATE or CONSUMER_STACK, "
                "which has one of that name."
            )
        return self


class Configured(NamedTuple):
    """The environment with what a mapping gives, and what is to be said at the start."""

    environ: Mapping[str, str]
    sentences: list[str]
    mapping: str = ""
    """The mapping's name, if there is one."""


def _client(service: str) -> Any:
    import boto3  # half of the time that a start takes, and most consumers need no client

    return boto3.client(service)  # type: ignore[call-overload]  # its overloads are for literals


def configured(
    environ: Mapping[str, str] = os.environ,
    parameters: Mapping[str, str] = MappingProxyType({}),
    connect: Connect = _client,
) -> Configured:
    """Return the environment, with the options of the mapping that it names where it does not set them itself.

    `parameters` come from the command line, and override all others.

    Raises:
        SettingsError: the options contradict each other.
        TemplateError, DeployedMappingError: the mapping cannot be read; the message says why.
    """
    options = MappingOptions.from_environment(environ)
    wanted = dict(parameters)
    mapping = _mapping(options, {**read_parameters(options.parameters), **wanted}, connect)
    if mapping is None:
        if wanted:
            raise TemplateError("--parameter is for a template, and CONSUMER_TEMPLATE is not set.")
        return Configured(environ, [])
    own = {name for name, value in environ.items() if value}
    found, sentences = {}, []
    for variable, value, sentence in given(mapping):
        if variable in own or f"{variable}{FILE}" in own:
            continue
        if sentence:
            sentences.append(f"mapping {mapping.name}: {sentence}")
        else:
            found[variable] = value
    function = environ.get("CONSUMER_FUNCTION") or found.get("CONSUMER_FUNCTION", "")
    found, in_vain = unless_one_at_a_time(found, function)
    sentences += (f"mapping {mapping.name}: {sentence}" for sentence in in_vain)
    return Configured({**environ, **found}, sentences, mapping.name)


def _mapping(options: MappingOptions, parameters: Mapping[str, str], connect: Connect) -> MappingConfiguration | None:
    if options.template is not None:
        given_parameters = {**sam_parameters(options.template.parent), **parameters}
        mappings = {each.name: each for each in declared_mappings(options.template, given_parameters)}
        topics = {name: each.topics for name, each in mappings.items()}
        return mappings[_chosen(topics, options.mapping, str(options.template))]
    if options.stack:
        uuids = stack_mappings(connect("cloudformation"), options.stack)
        name = _chosen(uuids, options.mapping, f"The stack {options.stack}")
        return replace(deployed_mapping(connect("lambda"), uuids[name]), name=name)
    if options.mapping:
        return deployed_mapping(connect("lambda"), options.mapping)
    return None


def _chosen(known: Mapping[str, str], wanted: str, where: str) -> str:
    """Return the name of the mapping that is meant: the whole name, or a part of the path that no other has."""
    fitting = [name for name in known if name == wanted] or [
        name for name in known if not wanted or wanted in name.split("/")
    ]
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join(f"{name} ({about})" for name, about in known.items()) or "none"
    if not fitting or not wanted:
        asked = f"and none of them is {wanted}" if wanted else "and CONSUMER_MAPPING names none"
        raise TemplateError(f"{where} has these Kafka mappings, {asked}: {listed}. Name one in CONSUMER_MAPPING.")
    raise TemplateError(f"{where} has more than one mapping {wanted}: {', '.join(fitting)}. Name one in whole.")
