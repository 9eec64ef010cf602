"""Commands of AWS and of Apache Kafka that the docs give are ones that these tools have."""

import re
import shlex
from collections.abc import Iterator

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from tests.unit.docs.test_commands import PAGES, PLACEHOLDER, blocks

EVERYWHERE = frozenset({"--region", "--query", "--output", "--profile"})
"""Options of the AWS CLI itself."""

OF_THE_CLI = {"--zip-file": "--content"}
"""Options that the AWS CLI puts in place of a member of the service's model."""

OPTIONS = {
    "kafka-consumer-groups.sh": frozenset(
        {"--bootstrap-server", "--command-config", "--group", "--topic", "--describe", "--reset-offsets", "--export"}
        | {"--to-datetime", "--to-offset", "--to-latest", "--from-file", "--dry-run", "--execute"}
    ),
    "kafka-console-consumer.sh": frozenset(
        {"--bootstrap-server", "--topic", "--from-beginning", "--max-messages", "--property"}
    ),
    "kafka-topics.sh": frozenset({"--bootstrap-server", "--command-config", "--topic", "--delete", "--describe"}),
}
"""What was tried of Apache Kafka 4.1's commands. Whoever writes another option into the docs tries it first."""

INLINE = re.compile(r"`((?:aws|kafka-[a-z-]+\.sh) [^`\n]*--[^`\n]+)`")


def commands(tool: str) -> Iterator[list[str]]:
    """Yield each command of a tool in the pages, in words."""
    for page in PAGES:
        joined = [block.replace("\\\n", " ") for block in blocks(page)]
        lines = [line for block in joined for line in block.splitlines()]
        lines += INLINE.findall(page.read_text(encoding="utf-8"))
        for line in lines:
            for part in re.split(r"[|;]|&&", PLACEHOLDER.sub("PLACEHOLDER", re.sub(r" > \S+", "", line))):
                words = shlex.split(part) if part.strip().startswith(tool) else []
                if words[:1] == [tool]:
                    yield words[1:]


AWS = [words for words in commands("aws") if any(word.startswith("--") for word in words)]


@pytest.fixture(scope="module")
def session() -> botocore.session.Session:
    """AWS's own models of its services."""
    return botocore.session.Session()


@pytest.mark.parametrize("words", AWS, ids=" ".join)
def test_aws_has_the_operation_and_its_options(words: list[str], session: botocore.session.Session) -> None:
    """Service, operation and options are those of AWS's model, and all that the operation requires are given."""
    service, operation, *rest = words
    try:
        model = session.get_service_model(service)
    except UnknownServiceError:
        pytest.fail(f"AWS has no service {service}")
    names = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in names, f"{service} has no {operation}"
    shape = model.operation_model(names[operation]).input_shape
    assert shape is not None
    options = {f"--{xform_name(member, '-')}" for member in shape.members}
    given = {word for word in rest if word.startswith("--")}
    known = options | {option.replace("--", "--no-", 1) for option in options} | EVERYWHERE | OF_THE_CLI.keys()
    assert not given - known
    required = {f"--{xform_name(member, '-')}" for member in shape.required_members}
    assert required <= {OF_THE_CLI.get(option, option.replace("--no-", "--", 1)) for option in given}


def test_the_commands_of_aws_are_found() -> None:
    """An empty run is no success."""
    assert {"lambda", "kms", "secretsmanager", "ssm", "kafka"} <= {service for service, *_ in AWS}


@pytest.mark.parametrize("tool", OPTIONS)
def test_kafka_has_the_options(tool: str) -> None:
    """No page gives an option to Kafka's commands that was not tried."""
    found = [word for words in commands(tool) for word in words if word.startswith("--")]
    assert found
    assert not set(found) - OPTIONS[tool]
