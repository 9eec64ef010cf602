"""Which IAM permission a destination needs: the actions that its kind calls, on the resource that it sends to. Pure.

Sources: Service Authorization Reference; Step Functions, "Authorization for versions and aliases"; SQS, "Endpoints".
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import UnknownRegionError
from botocore.session import Session

from comboio.routing.destination_spec import DestinationSpec

ARN = re.compile(r"(arn:aws[a-z-]*:([a-z0-9-]+):[a-z0-9-]+:\d{12}:)([!-~]+)")
_QUEUE_HOST = re.compile(r"(?:.+\.)?sqs(?:-fips)?\.([a-z0-9-]+)\..+|([a-z0-9-]+)\.queue\.amazonaws\..+")
_QUEUE_PATH = re.compile(r"/(\d{12})/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)")
OLD_QUEUE_HOST, ITS_REGION = "queue.amazonaws.com", "us-east-1"
"""The oldest endpoint of SQS, which names no region."""

_COMPLETE_SECRET = re.compile(r".+-[A-Za-z0-9]{6}")
"""A secret's ARN ends in six characters that Secrets Manager chose; whoever knows its name only does not know them."""


class Right(NamedTuple):
    """What a destination may do: some actions on its resources, if need be by one qualifier of them only."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    qualifier: str = ""
    """The version or alias of a state machine."""


class Place(NamedTuple):
    """Where the destinations are that the table knows by name only; empty where that is not known."""

    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource here.

        Raises:
            ValueError: region or account is not known.
        """
        if not self.region or not self.account:
            raise ValueError("it is known by its name only. Say where it is: --region and --account, or name its ARN")
        return f"arn:{partition(self.region)}:{service}:{self.region}:{self.account}:{literal(resource)}"


@cache
def partition(region: str) -> str:
    """Return the partition that a region is in, such as aws-cn: asked once, for botocore reads 100 ms of its files.

    Raises:
        ValueError: there is no such region.
    """
    try:
        return str(Session().get_partition_for_region(region))
    except UnknownRegionError:
        raise ValueError(f"there is no region {region!r}") from None


def literal(resource: str) -> str:
    """Return a resource's name as a policy takes it for itself: `*`, `?` and `$` would be patterns and variables."""
    return re.sub(r"[*?]|\$(?=\{)", lambda found: f"${{{found[0]}}}", resource)


def right(spec: DestinationSpec, place: Place, *, tombstones: bool) -> Right | None:
    """Return what a destination needs, or None; `tombstones`: whether routes send it those.

    Raises:
        ValueError: its target says too little to name the resource; the text says what is missing.
    """
    match spec.type:
        case "sqs" | "sqs_fifo":
            return Right(("sqs:SendMessage",), (_queue(spec.target),))
        case "step_functions":
            return _machine(spec.target, place)
        case "dynamodb":
            write = "dynamodb:UpdateItem" if spec.options.get("write") == "update" else "dynamodb:PutItem"
            actions = (write, "dynamodb:DeleteItem") if tombstones else (write,)
            return Right(actions, (_resource(spec.target, "dynamodb", "table/", place),))
        case "s3":
            return Right(("s3:PutObject",), (_objects(spec.target, str(spec.options.get("prefix", "")), place),))
        case "webhook":
            secret = str(spec.options.get("authorization_secret", ""))
            return Right(("secretsmanager:GetSecretValue",), (_secret(secret, place),)) if secret else None
        case "python":
            return None
        case "kafka":
            by_iam = spec.options.get("security") == "msk-iam"
            return Right(PRODUCE, _topic(spec.target, str(spec.options.get("cluster", "")))) if by_iam else None
        case kind:
            service, prefix, action = BY_NAME[kind]
            return Right((action,), (_resource(spec.target, service, prefix, place),))


BY_NAME: Mapping[str, tuple[str, str, str]] = {
    "sns": ("sns", "", "sns:Publish"),
    "sns_fifo": ("sns", "", "sns:Publish"),
    "eventbridge": ("events", "event-bus/", "events:PutEvents"),
    "kinesis": ("kinesis", "stream/", "kinesis:PutRecords"),
    "firehose": ("firehose", "deliverystream/", "firehose:PutRecordBatch"),
    "lambda": ("lambda", "function:", "lambda:InvokeFunction"),
}
"""The other kinds: the service, what stands before a name in its ARNs, and the action."""


PRODUCE = (
    "kafka-cluster:Connect",
    "kafka-cluster:DescribeTopic",
    "kafka-cluster:WriteData",
    "kafka-cluster:WriteDataIdempotently",
)
"""What an idempotent producer needs: the first and the last of the cluster, the others of the topic."""


def _topic(target: str, cluster: str) -> tuple[str, str]:
    """Return the ARNs of a cluster of MSK, and of its topic."""
    arn = _resource(_set(cluster), "kafka", "cluster/", Place("", ""))
    return arn, f"{arn.replace(':cluster/', ':topic/', 1)}/{literal(_set(target))}"


def _resource(target: str, service: str, prefix: str, place: Place) -> str:
    if not _set(target).startswith("arn:"):
        return place.arn(service, f"{prefix}{target}")
    whole = ARN.fullmatch(target)
    if whole is None or whole[2] != service or not whole[3].startswith(prefix):
        raise ValueError(f"it is not an ARN of {service} (arn:<partition>:{service}:<region>:<account>:{prefix}<name>)")
    return f"{whole[1]}{literal(whole[3])}"


def _set(target: str) -> str:
    if target.startswith("$"):
        raise ValueError(f"the environment has no {target[1:]}. Set it as on the function")
    return target


def _queue(target: str) -> str:
    url = urlsplit(_set(target))
    host, path = _QUEUE_HOST.fullmatch(url.hostname or ""), _QUEUE_PATH.fullmatch(url.path)
    region = (host[1] or host[2]) if host else ITS_REGION if url.hostname == OLD_QUEUE_HOST else ""
    if not region or path is None:
        raise ValueError("it is not the URL of a queue on AWS (https://sqs.<region>.amazonaws.com/<account>/<name>)")
    return Place(region, path[1]).arn("sqs", path[2])


def _machine(target: str, place: Place) -> Right:
    """Return the right to start a state machine; a version or an alias of it is a condition, not a resource."""
    arn, _, named = _resource(target, "states", "stateMachine:", place).partition(":stateMachine:")
    name, _, qualifier = named.partition(":")
    return Right(("states:StartExecution",), (f"{arn}:stateMachine:{name}",), qualifier)


def _objects(bucket: str, prefix: str, place: Place) -> str:
    if not place.region:
        raise ValueError("its ARN begins with the partition of its region. Say which: --region")
    folders = [literal(part) for part in (_set(bucket), _set(prefix).strip("/")) if part]
    return f"arn:{partition(place.region)}:s3:::{'/'.join(folders)}/*"


def _secret(secret: str, place: Place) -> str:
    arn = _resource(secret, "secretsmanager", "secret:", place)
    return arn if secret.startswith("arn:") and _COMPLETE_SECRET.fullmatch(secret) else f"{arn}-??????"
