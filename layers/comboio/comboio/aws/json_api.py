"""An AWS service that speaks JSON: one POST a call, the action named in a header. Others: `JsonApi.post`.

Source: Smithy, "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol".
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic_core import PydanticSerializationError, from_json, to_json

from comboio.aws.begun import Begun
from comboio.aws.connection import trust_in
from comboio.aws.credentials import CredentialSource, KeysUnavailableError
from comboio.aws.endpoint import endpoint
from comboio.aws.http import Answer, Begins, Http, KeptConnections, UnreachableError
from comboio.aws.sigv4 import Signer
from comboio.errors import ServiceError


class Service(NamedTuple):
    """How a service is called."""

    name: str
    """In endpoints and signatures."""
    target: str
    """The prefix of its `X-Amz-Target` header."""
    version: str
    """Of the JSON protocol."""
    path: str = "/"
    """Where its calls go; other than `/` where the path names one resource, as a function of Lambda."""


DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0")
SQS = Service("sqs", "AmazonSQS", "1.0")
KINESIS = Service("kinesis", "Kinesis_20131202", "1.1")
FIREHOSE = Service("firehose", "Firehose_20150804", "1.1")
EVENTBRIDGE = Service("events", "AWSEvents", "1.1")
STEP_FUNCTIONS = Service("states", "AWSStepFunctions", "1.0")
SECRETS_MANAGER = Service("secretsmanager", "secretsmanager", "1.1")

THROTTLES = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "KMSThrottlingException",
        "KmsThrottled",
    }
)
"""Error codes that mean "later" (botocore's list of throttling codes)."""


@dataclass
class AwsError(ServiceError):
    """A call that failed."""

    service: str
    action: str
    code: str
    """The service's own; `Unreachable` where no answer came, `Unreadable` where a success could not be read,
    `NoKeys` where there are no credentials just now."""
    message: str
    status: int
    """Of HTTP; 0 where no answer came, or none that can be read."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What else the service answered."""

    def __str__(self) -> str:
        return f"{self.service} {self.action}: {self.code} ({self.status}) {self.message}"

    @property
    def throttled(self) -> bool:
        """Whether the service asks to slow down."""
        return self.code in THROTTLES or self.status == 429

    @property
    def transient(self) -> bool:
        """Whether the same call may well succeed later."""
        return self.throttled or self.status >= 500 or self.status == 0


class JsonApi:
    """Calls of one service; threads may share it."""

    def __init__(
        self,
        service: Service,
        region: str,
        credentials: CredentialSource,
        http: Http,
        *,
        tries: int = 3,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._service = service
        self._credentials = credentials
        self._http = http
        self._begins = http if isinstance(http, Begins) else None
        self._signer = Signer(service.name, region, service.path)
        self._content_type = f"application/x-amz-json-{service.version}"
        self._tries = tries
        self._now, self._clock, self._sleep, self._jitter = now, clock, sleep, jitter

    def call(
        self,
        action: str,
        request: Mapping[str, Any] | bytes,
        *,
        tries: int | None = None,
        timeout_s: float | None = None,
        until: float | None = None,
        begun: Begun | None = None,
    ) -> dict[str, Any]:
        """Carry out one action; `request` is its input, as a mapping or as JSON already.

        What is transient is tried again, `tries` times in all, after a random wait of up to 50 ms, 100 ms, ...
        An action that must not be carried out twice says `tries=1`, or is conditional. Each try takes `timeout_s` at
        most, and never more than the client's own timeout. After `until` (seconds of time.monotonic) nothing is begun
        or awaited. `begun` is the first try, where it was begun before and is over.

        Raises:
            AwsError: the service refused it, or no answer came.
        """
        body = request if isinstance(request, bytes) else json_bytes(request)
        headers = self._headers(action)
        tries_left = self._tries if tries is None else tries
        wait_s = 0.05
        while True:
            tries_left -= 1
            try:
                if begun is not None:
                    first, begun = begun, None
                    return self.finish(action, first)
                answer = self.post(action, headers, body, timeout_s=timeout_s, until=until)
                return self._read(action, answer)
            except AwsError as error:
                pause_s = wait_s * self._jitter()
                too_late = until is not None and self._clock() + pause_s >= until
                if tries_left <= 0 or too_late or not error.transient:
                    raise
                self._sleep(pause_s)
                wait_s *= 2

    def post(
        self,
        action: str,
        headers: dict[str, str],
        body: bytes,
        *,
        timeout_s: float | None = None,
        until: float | None = None,
    ) -> Answer:
        """Send one signed POST and return its answer, whatever it is; for services that do not speak JSON this way.

        `headers` have lower-case names; `action` is for the error's text; `timeout_s` and `until` as in `call`.

        Raises:
            AwsError: no answer came.
        """
        if until is not None:
            left_s = until - self._clock()
            if left_s <= 0:
                raise AwsError(self._service.name, action, "Unreachable", "no time is left for the call", 0)
            timeout_s = left_s if timeout_s is None else min(left_s, timeout_s)
        signed = self._signed(action, headers, body)
        try:
            return self._http.post(signed, body, timeout_s)
        except UnreachableError as error:
            raise AwsError(self._service.name, action, "Unreachable", str(error), 0) from error

    def begin(self, action: str, body: bytes, timeout_s: float | None = None) -> Begun | None:
        """Begin one try of an action without waiting for its answer.

        Return None where it would have to wait, or where there are no keys just now: `call` says so then.
        """
        if self._begins is None:
            return None
        try:
            signed = self._signed(action, self._headers(action), body)
        except AwsError:
            return None
        return self._begins.begin(signed, body, timeout_s)

    def finish(self, action: str, begun: Begun) -> dict[str, Any]:
        """Return what `call` would have returned of an action that was begun and is over.

        Raises:
            AwsError: the service refused it, or no answer came.
        """
        try:
            return self._read(action, begun.answer())
        except UnreachableError as error:
            raise AwsError(self._service.name, action, "Unreachable", str(error), 0) from error

    def _headers(self, action: str) -> dict[str, str]:
        return {"content-type": self._content_type, "x-amz-target": f"{self._service.target}.{action}"}

    def _signed(self, action: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
        try:
            keys = self._credentials()
        except KeysUnavailableError as error:
            raise AwsError(self._service.name, action, "NoKeys", str(error), 0) from None
        return self._signer.headers(self._http.host, headers, body, keys, _amz_date(self._now() // 1000))

    def _read(self, action: str, answer: Answer) -> dict[str, Any]:
        if answer.status != 200:
            raise _error(self._service.name, action, answer.status, answer.body)
        return self._decoded(action, answer.body)

    def _decoded(self, action: str, answer: bytes) -> dict[str, Any]:
        """Decode a success; one that cannot be read proves nothing, as if no answer had come."""
        try:
            decoded = from_json(answer) if answer else {}
        except ValueError:
            decoded = None
        if not isinstance(decoded, dict):
            raise AwsError(self._service.name, action, "Unreadable", "status 200, but not a JSON object", 0)
        return decoded


@lru_cache(maxsize=1)
def _amz_date(second: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))


def json_bytes(value: object) -> bytes:
    """Return JSON by pydantic-core's writer, which takes a third of the time, or by Python's own.

    The latter also takes what UTF-8 has no bytes for: half a surrogate pair.
    """
    try:
        return to_json(value)
    except PydanticSerializationError:
        return json.dumps(value, separators=(",", ":")).encode()


def _error(service: str, action: str, status: int, answer: bytes) -> AwsError:
    try:
        fields = json.loads(answer)
        code = str(fields.get("__type") or fields.get("code") or status).rpartition("#")[2]
        message = str(fields.get("message") or fields.get("Message") or "")
    except (ValueError, AttributeError, RecursionError):
        fields, code, message = {}, str(status), "the answer is not JSON"
    return AwsError(service, action, code, message, status, fields)


def connect(
    service: Service, environ: Mapping[str, str], credentials: CredentialSource, timeout_s: float = 5.0
) -> JsonApi:
    """Return the client of a service, at the address that the environment gives.

    Raises:
        CertificateFileError: `AWS_CA_BUNDLE` names a file without certificates.
        EndpointError: the environment gives no address.
    """
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    address = endpoint(service.name, region, environ).rstrip("/") + service.path
    trust = trust_in(bundle) if (bundle := environ.get("AWS_CA_BUNDLE")) else None
    return JsonApi(service, region, credentials, KeptConnections(address, timeout_s, trust))
