"""An HTTP(S) endpoint: a POST of a JSON array of messages with their ids."""

import re
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import Field

from comboio.aws.http import Answer, Http, KeptConnections, UnreachableError
from comboio.aws.json_api import AwsError
from comboio.clocks import Clocks
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.identity import is_header_value, pack_id
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.packing import message_json
from dispatcher.destinations.webhook.authorization import Authorization, fixed, from_secret
from dispatcher.destinations.webhook.exchange import webhook_exchange
from dispatcher.destinations.webhook.retry_after import retry_after_s
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A message arrives at least once; receivers tell duplicates by each message's `id`, or the whole call's by "
    "`Idempotency-Key` (the same for the same messages). The order of a key is kept if the receiver is done with a "
    "call when it answers. All of a call are taken (any 2xx), or none. TLS is verified, and redirects are not "
    "followed: correct the target in the table."
)
"""What a user of the routing table may rely on."""

LIMITS = "As the route and the options say: `max_messages` entries and `max_kib` a call."
"""Of a call and of an entry."""

SLOW_DOWN = frozenset({429, 503})
"""The receiver asks to be called less often."""

PLAIN = re.compile(r"[!-~]+")
"""What a request line can have: a target of anything else would fail with every call, and not when it is loaded."""

OF_THE_MESSAGE = frozenset({400, 413, 422})
"""Bad, too large, not to be processed. The other 4xx are about the address, the permission or the method."""


class WebhookOptions(Options):
    """Options of `webhook`."""

    concurrency: int = Field(8, ge=1, le=64, description="Maximum calls in flight.")
    max_messages: int = Field(100, ge=1, le=10_000, description="Maximum entries in one call.")
    max_kib: int = Field(1024, ge=1, le=10_240, description="Maximum size of a call's body in KiB.")
    timeout_s: float = Field(5.0, ge=0.1, le=60, strict=False, description="Seconds for a call in all.")
    authorization: str = Field("", description='The Authorization header; "$ROUTE_NAME" takes it from the environment.')
    authorization_secret: str = Field("", description="The Secrets Manager secret that is the Authorization header.")
    ca_file: str = Field("", description="Certificates (PEM) to trust instead of the system's.")


class Webhook:
    """One URL."""

    def __init__(
        self,
        name: str,
        http: Http,
        authorization: Authorization,
        options: WebhookOptions,
        clocks: Clocks = Clocks(),  # noqa: B008 it is frozen
    ) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self.max_entries = options.max_messages
        self.max_bytes = self.max_entry_bytes = options.max_kib * 1024 - len("[]")
        self._http = http
        self._authorization = authorization
        self._timeout_s = options.timeout_s
        self._clocks = clocks

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination; the size is with the comma behind it."""
        text = ",".join(map(message_json, parcels))
        return Encoded(text, len(text.encode()) + 1)

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        parcels = [parcel for entry in entries for parcel in entry.parcels]
        headers = {"host": self._http.host, "content-type": "application/json", "user-agent": "comboio"}
        headers["idempotency-key"] = pack_id(parcels)
        if len(parcels) == 1:
            if is_header_value(parcels[0].correlation_id):
                headers["x-correlation-id"] = parcels[0].correlation_id
            if parcels[0].traceparent:
                headers["traceparent"] = parcels[0].traceparent
        body = f"[{','.join(entry.wire for entry in entries)}]".encode()
        return [self._post(headers, body, timeout_s)] * len(entries)

    def _post(self, headers: dict[str, str], body: bytes, timeout_s: float) -> Fault | None:
        """Make one POST, and read a secret before it if need be, in `timeout_s` together."""
        clock = self._clocks.clock
        ends = clock() + min(timeout_s, self._timeout_s)
        try:
            if authorization := self._authorization.header(ends - clock()):
                headers["authorization"] = authorization
            answer = self._http.post(headers, body, ends - clock())
        except AwsError as error:
            return fault_of(error, frozenset())
        except UnreachableError as error:
            return Fault(FaultKind.TRANSIENT, f"webhook: {error}")
        if answer.status == 401:
            self._authorization.refused()
        return _fault(answer, self._clocks.now())


def _fault(answer: Answer, now: int) -> Fault | None:
    """Return what an answer means; its body stays out, as it may quote the messages."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in SLOW_DOWN:
        wait_s = retry_after_s(answer.headers.get("retry-after"), now)
        asked = "" if wait_s is None else f", Retry-After {wait_s:.0f} s"
        return Fault(FaultKind.THROTTLED, f"webhook: status {status}{asked}", wait_s)
    if 300 <= status < 400:
        return Fault(FaultKind.TRANSIENT, f"webhook: status {status}, and redirects are refused: correct the target")
    return Fault(FaultKind.PERMANENT if status in OF_THE_MESSAGE else FaultKind.TRANSIENT, f"webhook: status {status}")


def webhook(name: str, spec: DestinationSpec, clients: Clients) -> Webhook:
    """Make the destination of `type = "webhook"`; `target` is an http:// or https:// URL."""
    parts = urlsplit(spec.target)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise ValueError("target: it must be an http:// or https:// URL")
    if not PLAIN.fullmatch(spec.target) or not all(
        0 < len(label) < 64 for label in parts.hostname.removesuffix(".").split(".")
    ):
        raise ValueError(
            "target: it must be a URL in ASCII without blanks. Percent-encode the path, and write the host as xn--"
        )
    if parts.username is not None:
        raise ValueError("target: it has a user or a password in it. Put them into `authorization`")
    options = read(WebhookOptions, spec)
    if options.authorization and options.authorization_secret:
        raise ValueError("authorization and authorization_secret: both are given. Leave one out")
    trust = _trust(options.ca_file, spec.shown("ca_file")) if options.ca_file else None
    http = KeptConnections(spec.target, options.timeout_s, trust, exchange=webhook_exchange)
    secret = options.authorization_secret
    return Webhook(name, http, from_secret(secret, clients) if secret else fixed(options.authorization), options)


def _trust(path: str, shown: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"ca_file: {shown} has no certificates that can be read ({type(error).__name__})") from None
