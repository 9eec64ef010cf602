"""A destination of one's own: Amazon CloudWatch Logs, by PutLogEvents. See docs/how-to/extend.md.

To use it, copy this file to functions/dispatcher/destinations/cloudwatch_logs.py, and add its line to KINDS in
functions/dispatcher/destinations/__init__.py: `"cloudwatch_logs": "cloudwatch_logs:log_stream"`.
"""

import json
import time
from collections.abc import Callable, Sequence

from pydantic import Field

from comboio.aws.json_api import AwsError, JsonApi, Service
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.packing import message_json
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

LOGS = Service("logs", "Logs_20140328", "1.1")
"""How the service is named in its endpoint, its signature and its target header."""

GUARANTEE = "A message arrives at least once, in no order: a log event each with its ids; a pack is one event, too."
"""What a user of the routing table may rely on."""

LIMITS = "A call has at most 10,000 events and 1,048,576 bytes, an event at most 256 KiB (a bound of our own)."
"""Of a call and of an entry. Source: CloudWatch Logs API, PutLogEvents."""

OVERHEAD = 26
"""Bytes that the service counts for each event beside its text."""

PERMANENT = frozenset({"InvalidParameterException"})
"""Codes that speak of the messages. A missing stream or permission does not: that is waited for."""


class LogOptions(Options):
    """Options of `cloudwatch_logs`; unknown ones are refused."""

    stream: str = Field("comboio", min_length=1, max_length=512, description="The log stream's name.")


class LogStream:
    """One log stream of one log group."""

    max_entries = 10_000
    max_bytes = 1_048_576
    max_entry_bytes = 256 * 1024

    def __init__(
        self, name: str, group: str, options: LogOptions, api: JsonApi, now: Callable[[], float] = time.time
    ) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._head = {"logGroupName": group, "logStreamName": options.stream}
        self._api = api
        self._now = now

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """Return the event's text, and its size as the service counts it."""
        text = "\n".join(map(message_json, parcels))
        return Encoded(text, len(text.encode()) + OVERHEAD)

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """Make one call; return for each entry None, or why the service does not have it."""
        now = int(self._now() * 1000)  # the time of arrival: the service refuses events out of order or too old
        events = [{"timestamp": now, "message": entry.wire} for entry in entries]
        try:
            answer = self._api.call(
                "PutLogEvents", json.dumps({**self._head, "logEvents": events}).encode(), tries=1, timeout_s=timeout_s
            )
        except AwsError as error:
            return [fault_of(error, PERMANENT)] * len(entries)
        if answer.get("rejectedLogEventsInfo"):  # too new, too old or expired: our clock is wrong, not the message
            return [Fault(FaultKind.TRANSIENT, "logs PutLogEvents: rejected by its time")] * len(entries)
        return [None] * len(entries)


def log_stream(name: str, spec: DestinationSpec, clients: Clients) -> LogStream:
    """Make the destination of a table's section: `type = "cloudwatch_logs"`, `target` the log group's name."""
    if not spec.target:
        raise ValueError("target: the name of the log group")
    return LogStream(name, spec.target, read(LogOptions, spec), clients(LOGS))
