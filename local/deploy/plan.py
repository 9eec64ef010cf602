"""What is deployed and how it is updated. Pure."""

from dataclasses import dataclass, field

from local.aws.deployment import PARAMETERS

STACK = "comboio-deploy"
"""The stack's name: another one than that of `make stack`."""

ROUTES_PARAMETER = "/comboio/deploy/routes"
"""The SSM parameter that the last update moves the routing table to."""

FIRST = PARAMETERS
"""The parameters of the first deployment: whatever has a default keeps it."""


@dataclass(frozen=True, slots=True)
class PlannedUpdate:
    """An update of the running stack."""

    says: str
    """What the user reads."""
    changed: dict[str, str] = field(default_factory=dict)
    """Parameters that change."""
    release: str | None = None
    """The content of a file that is added to the dispatcher's code, so that Lambda gets new code; None leaves it."""


UPDATES = (
    PlannedUpdate("new code, and less memory", {"FunctionMemoryMegabytes": "1024"}, release="2"),
    PlannedUpdate("the routing table moves to an SSM parameter", {"RoutesParameterName": ROUTES_PARAMETER}),
)
"""The updates in order. The second adds a resource, the policy that lets the functions read the parameter."""

UPDATE_RATE = 200
"""Messages a second while the stack is updated, at most, so that a slow machine gets no backlog."""

STAND_INS = {
    "Amazon MSK": "{kafka}",
    "the mappings of the topics": "a consumer each (consumer/), with the parameters of the deployed mapping",
    "Lambda, DynamoDB, SQS, S3, SSM, CloudFormation": "the emulator (requirements/emulator.txt); IAM is not enforced",
    "Python 3.13 on arm64": "the emulator's processes, Python {python} on {machine}, with the same locked packages",
    "an update that lets invocations end": "the emulator kills them; copies of their records count as explained",
    "the alarms of burn rates": "none: the emulator's CloudFormation refuses them, so they are left out ({left_out})",
    "`sam delete`": "CloudFormation's DeleteStack, since sam does not take the emulator's addresses for S3",
}
"""What of AWS is not here, and what is in its place."""
