"""The stack of a run: what it needs beside it, and how SAM is told to make it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.account.made import TAG, Made
from local.aws.deployment import Deployment, described
from local.aws.emulator import Aws
from local.deploy.sam import SAM
from local.errors import LocalError


def refuse_taken(aws: Aws, name: str) -> None:
    """Return if there is no stack of that name.

    Raises:
        LocalError: there is one, whoever made it.
    """
    try:
        found = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return
        raise LocalError(f"CloudFormation does not answer: {error}") from None
    raise LocalError(
        f"There is a stack {name} ({found['StackStatus']}), which this run did not make. Choose another NAME; if an "
        "earlier run on another machine left it, remove it there by REMOVE=true."
    )


def make_bucket(aws: Aws, made: Made, region: str) -> str:
    """Make the bucket for code and templates; return its name.

    Raises:
        LocalError: it is there already.
    """
    s3, name = aws.client("s3"), f"{made.run.name}-{made.run.account}-{region}"
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    if name in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        raise LocalError(f"There is a bucket {name}, which this run did not make. Choose another NAME.")
    made.about_to_make("bucket", name)
    s3.create_bucket(Bucket=name, **place)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": TAG, "Value": made.run.id}]})
    return name


def make_parameter(aws: Aws, made: Made, table: str) -> str:
    """Make the parameter with the routing table; return its name.

    Raises:
        LocalError: it is there already.
    """
    ssm, name = aws.client("ssm"), f"/comboio/{made.run.name}"
    if ssm.get_parameters(Names=[name])["Parameters"]:
        raise LocalError(f"There is a parameter {name}, which this run did not make. Choose another NAME.")
    made.about_to_make("parameter", name)
    ssm.put_parameter(Name=name, Type="String", Value=table, Tags=[{"Key": TAG, "Value": made.run.id}])
    return name


def deploy_command(
    built: Path, made: Made, bucket: str, region: str, parameters: Mapping[str, str], no_options: Path
) -> list[str]:
    """Return the command that makes the stack; `no_options` is an empty file in place of samconfig.toml."""
    no_options.write_text("version = 0.1\n", encoding="utf-8")
    return [
        *(str(SAM), "deploy", "--template-file", str(built / "template.yaml"), "--config-file", str(no_options)),
        *("--stack-name", made.run.name, "--region", region, "--s3-bucket", bucket),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--tags", f"{TAG}={made.run.id}"),
        *("--no-confirm-changeset", "--no-progressbar", "--on-failure", "DO_NOTHING"),
        *("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())),
    ]


def deployed(aws: Aws, made: Made) -> Deployment:
    """Return the stack, and see that what it keeps has the run's tag.

    CloudFormation passes the stack's tags on; where a bucket has none (the emulator's), it is given them.
    """
    found = described(aws, aws.client("cloudformation"), made.run.name)
    bucket, s3 = found.resource("OnFailureBucket"), aws.client("s3")
    try:
        s3.get_bucket_tagging(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchTagSet":
            raise
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": TAG, "Value": made.run.id}]})
    return found


def ask(deployment: Deployment, logical_id: str, event: Mapping[str, Any]) -> Any:
    """Invoke a deployed function; return its answer.

    Raises:
        LocalError: it failed.
    """
    name = deployment.resource(logical_id)
    response = deployment.aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    answer = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise LocalError(f"The deployed {logical_id} failed: {answer}.")
    return answer
