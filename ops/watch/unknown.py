"""Says in a sentence why something cannot be read, and what to check."""

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, ProfileNotFound
from confluent_kafka import KafkaException

from comboio.errors import ComboioError
from local.errors import LocalError

KNOWN_FAULTS = (BotoCoreError, ClientError, KafkaException, ComboioError, LocalError, OSError)
"""What may keep the board from one of its parts; anything else is a defect, and ends it."""

_DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")
"""Error codes of a right that is missing."""

_EXPIRED = (
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
)
"""Error codes of credentials that are not valid, or not any more."""

THROTTLED = ("Throttling", "ThrottlingException", "RequestThrottled", "TooManyRequestsException")
"""Error codes of too many calls."""

SERVICES = {
    "GetDashboard": "cloudwatch",
    "GetMetricData": "cloudwatch",
    "GetQueueAttributes": "sqs",
    "DescribeStackResources": "cloudformation",
    "BatchGetItem": "dynamodb",
    "Scan": "dynamodb",
}
"""The service of each call that the board makes, as rights name it."""


def sentence(error: Exception) -> str:
    """Return it."""
    if isinstance(error, NoCredentialsError | NoRegionError | ProfileNotFound):
        return f"{_stop(str(error))} Set AWS_PROFILE and AWS_REGION."
    if isinstance(error, ClientError):
        return _refused(error.operation_name, str(error.response["Error"]["Code"]), error.response["Error"]["Message"])
    if isinstance(error, KafkaException):
        return f"Kafka does not answer: {_stop(error.args[0].str())} Check whether its stack still runs."
    action, code = getattr(error, "action", ""), getattr(error, "code", "")
    if action and code:  # an AwsError of the dispatcher's own client
        return _refused(action, code, getattr(error, "message", ""))
    if isinstance(error, BotoCoreError | OSError):
        return f"No answer: {_stop(str(error))} Check the network, AWS_REGION and whether the stack is there."
    return _stop(str(error))


def _refused(action: str, code: str, message: str) -> str:
    right = f"{SERVICES[action]}:{action}" if action in SERVICES else action
    if code in _DENIED:
        return f"Not allowed: your role needs {right}."
    if code in _EXPIRED:
        return f"Your credentials are not valid any more ({code}). Renew them; the board goes on by itself."
    if code in THROTTLED:
        return f"AWS asks for fewer calls ({right}: {code}). It is tried again; a longer --every helps."
    return f"{right} was refused ({code}): {_stop(message)}"


def _stop(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
