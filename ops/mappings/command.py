"""`make mappings ARGS=mappings.toml`: checks the mappings of a file, and writes the template that deploys them."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from comboio.contract.cluster import clusters_named
from comboio.errors import ComboioError
from local.aws.attach import ENDPOINT_FILE, attach
from local.errors import LocalError
from ops.mappings.declaration import Declaration
from ops.mappings.stack import mappings_template
from ops.mappings.topics import MappingsError, TopicMapping, read
from ops.stop import stop_for

ROOT = Path(__file__).parents[2]
WRITTEN = Path("build/mappings.yaml")

_INHERITED = (
    *("MskClusterArn", "ConsumerGroup", "BatchSize", "BatchingWindowSeconds"),
    *("MaximumRetryAttempts", "MaximumRecordAgeSeconds", "AlarmTopicArn", "LagAlarmRecords"),
)
"""Parameters of the dispatcher's stack that hold for every mapping of a file, unless the file says otherwise."""


class DispatcherStack(NamedTuple):
    """What the dispatcher's stack says."""

    name: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def clusters(self) -> frozenset[str]:
        """Return the clusters whose records the dispatcher takes."""
        named = ("MskClusterArn", "MoreMskClusterArns", "SelfManagedClusters")
        return clusters_named(",".join(self.parameters.get(each, "") for each in named))


class StackNotFoundError(ComboioError):
    """The dispatcher's stack cannot be asked; the text says what to check."""


def run(arguments: Sequence[str], stack: DispatcherStack, console: Console) -> int:
    """Run the command; return its exit status, 0.

    Raises:
        MappingsError: the file is wrong.
        TooManyMappingsError: they do not fit into one stack.
    """
    asked = _parser().parse_args(arguments)
    declaration = Declaration(ROOT / "mapping.yaml")
    given = {name: value for name, value in stack.parameters.items() if name in _INHERITED}
    mappings = read(asked.file, declaration, given)
    _check_clusters(asked.file, mappings, stack)
    template = mappings_template(mappings, declaration, stack.outputs, asked.to)
    asked.to.parent.mkdir(parents=True, exist_ok=True)
    asked.to.write_text(yaml.safe_dump(template, sort_keys=False, width=120))
    console.print(_shown(mappings))
    console.print(
        f"Written to {asked.to}. Deploy it:\n  .tools/sam/bin/sam deploy --template-file {asked.to} "
        f"--stack-name {stack.name}-mappings",
        markup=False,
        soft_wrap=True,
    )
    return 0


def _check_clusters(file: Path, mappings: Sequence[TopicMapping], stack: DispatcherStack) -> None:
    """Check that the dispatcher takes the records of every cluster.

    Raises:
        MappingsError: it would reject them.
    """
    faults = []
    for each in mappings:
        if each.cluster in stack.clusters:
            continue
        parameter = "MoreMskClusterArns" if each.values.get("MskClusterArn") else "SelfManagedClusters"
        faults.append(
            f"{file.name}, topics.{each.topic}: the stack {stack.name} does not serve the cluster {each.cluster}. "
            f"Deploy it first with the cluster in {parameter}."
        )
    if faults:
        raise MappingsError("\n".join(faults))


def _shown(mappings: Sequence[TopicMapping]) -> Table:
    table = Table(title="A mapping for each topic")
    for column in ("topic", "cluster", "by", "batch", "window", "pollers", "schemas"):
        table.add_column(column, overflow="fold")
    for topic, values in mappings:
        batch, window = values.get("BatchSize", "10000"), values.get("BatchingWindowSeconds", "1")
        pollers = f"{values.get('MinimumPollers', 1)} to {values.get('MaximumPollers', 2)}"
        cluster = str(values.get("MskClusterArn") or values.get("BootstrapServers"))
        registry = values.get("SchemaRegistryUrl") or values.get("GlueRegistryArn")
        schemas = str(values.get("EventRecordFormat", "JSON")) if registry else ""
        by = str(values.get("Authentication", "IAM"))
        table.add_row(topic, cluster, by, str(batch), f"{window} s", pollers, schemas)
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "make mappings ARGS=...",
        description="Checks the mappings of a file, and writes the template that deploys them beside the stack STACK.",
    )
    parser.add_argument("file", type=Path, help="the file that lists topics (docs/how-to/deploy.md)")
    parser.add_argument(
        "--to", type=Path, metavar="FILE", default=WRITTEN, help=f"the template to write (default: {WRITTEN})"
    )
    return parser


def dispatcher_stack(environ: Mapping[str, str], place: Path = ENDPOINT_FILE) -> DispatcherStack:
    """Return the stack on AWS that STACK names, else that of `make stack`.

    Raises:
        StackNotFoundError: there is no such stack.
    """
    name = environ.get("STACK", "")
    if not name:
        try:
            deployment = attach(place)
        except LocalError as error:
            raise StackNotFoundError(
                f"{error}\nFor a stack on AWS, name it (STACK=comboio), and have credentials (AWS_PROFILE, AWS_REGION)."
            ) from None
        return DispatcherStack("comboio", deployment.parameters, deployment.outputs)
    try:
        (found,) = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise StackNotFoundError(
            f"The stack {name} cannot be read: {error} Check STACK, AWS_PROFILE and AWS_REGION."
        ) from None
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    return DispatcherStack(name, parameters, outputs)


def main() -> int:
    """Run the command with this machine's environment."""
    try:
        arguments = sys.argv[1:]
        _parser().parse_args(arguments)
        return run(arguments, dispatcher_stack(os.environ), Console(emoji=False))
    except (ComboioError, OSError) as error:
        stop_for(error)
