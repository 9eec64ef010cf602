"""Finds the DynamoDB table of a stack: one that is named, that of a stack on AWS, or that of `make stack`."""

from collections.abc import Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, JsonApi, connect
from comboio.errors import ComboioError
from local.aws.attach import ENDPOINT_FILE, attach
from local.errors import LocalError

_LOGICAL_ID = "LedgerTable"
"""The table's name in template.yaml."""


class TableNotFoundError(ComboioError):
    """No table can be found; the text says what to name, and how."""


def ledger_table(named: str, environ: Mapping[str, str], place: Path = ENDPOINT_FILE) -> tuple[JsonApi, str]:
    """Return DynamoDB and the name of the table: the one that is named, else STACK's, else the stack's at `place`.

    Raises:
        TableNotFoundError: there is none, or it is not known in which region it is.
        NoCredentialsError: nothing has credentials for AWS.
    """
    stack = environ.get("STACK", "")
    if not named and not stack:
        return _local(place)
    if not (environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")):
        raise TableNotFoundError("AWS_REGION is not set, and a table of the same name may be in any region. Set it.")
    return connect(DYNAMODB, environ, credential_source(environ)), named or _of_stack(stack)


def _of_stack(stack: str) -> str:
    try:
        import boto3  # half of the time that a command takes, and most look nothing up

        found = boto3.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=_LOGICAL_ID)
    except (BotoCoreError, ClientError) as error:
        raise TableNotFoundError(
            f"The table of the stack {stack} cannot be found: {error} Check STACK, AWS_PROFILE and AWS_REGION."
        ) from None
    return found["StackResourceDetail"]["PhysicalResourceId"]


def _local(place: Path) -> tuple[JsonApi, str]:
    try:
        deployment = attach(place)
        table = deployment.resource(_LOGICAL_ID)
    except LocalError as error:
        raise TableNotFoundError(
            f"{error}\nFor a stack on AWS, name it (STACK=comboio) or its table (--table, stack output "
            "LedgerTableName), and have credentials (AWS_PROFILE, AWS_REGION)."
        ) from None
    environ = deployment.aws.environment
    return connect(DYNAMODB, environ, credential_source(environ)), table
