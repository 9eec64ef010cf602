"""One call: messages are handed to the client as one batch, and each gets an answer before the call's time is over."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from dispatcher.destinations.kafka.client import Client, ClientError
from dispatcher.destinations.kafka.errors import BROKEN, CUT_OFF, REFUSED, UNKNOWN, UNSENT, Report, Unreported

_PURGE_S = 0.1
"""Seconds at the end of a call for the reports of what is given up; they are the client's own, and come at once."""

_PURGE_SHARE = 0.2
"""Of a short call they are no more than this share."""

_RAISED = -1
"""Instead of the number of missing reports: the client cannot be asked."""

_PURGED = {"_PURGE_QUEUE": UNSENT, "_PURGE_INFLIGHT": UNKNOWN}
"""What was still in the client's queue never left; what had left may have been written."""


class KafkaMessage(NamedTuple):
    """A message as Kafka gets it."""

    value: bytes | None
    key: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int
    """Epoch ms; 0 stands for the time of the call."""


class CallReports(NamedTuple):
    """What became of the messages of a call."""

    reports: list[Report]
    """Of each message, in order."""
    whole: bool
    """Whether the client is as good as before: after a purge its batches have gaps that Kafka may refuse for good."""
    ended: bool = False
    """Whether it says that it can go on no more."""


def deliver(
    client: Client, topic: str, messages: Sequence[KafkaMessage], ends: float, clock: Callable[[], float]
) -> CallReports:
    """Send messages and return when each has an answer, or at `ends` (by `clock`), whatever the client does."""
    reports: list[Report] = [UNKNOWN] * len(messages)
    purge_at = ends - min(_PURGE_S, (ends - clock()) * _PURGE_SHARE)
    produced = 0
    for place, message in enumerate(messages):
        if clock() >= purge_at:
            reports[place:] = [CUT_OFF] * (len(messages) - place)
            break
        try:
            client.produce(
                topic,
                message.value,
                message.key,
                headers=message.headers,
                timestamp=message.timestamp,
                on_delivery=_noting(reports, place),
            )
            produced += 1
        except Exception as error:
            reports[place] = _refusal(error)
    if not produced:
        return CallReports(reports, whole=True)
    missing = _flush(client, purge_at - clock())
    if missing:
        client.purge(in_queue=True, in_flight=True, blocking=False)  # or a broker's thread could hold up the call
        _flush(client, ends - clock())
    ended = missing == _RAISED or any(map(_is_end, reports))
    return CallReports(reports, whole=not missing and not ended, ended=ended)


def _noting(reports: list[Report], place: int) -> Callable[[ClientError | None, Any], None]:
    def note(error: ClientError | None, _: Any) -> None:
        reports[place] = None if error is None else _PURGED.get(error.name(), error)

    return note


def _refusal(error: Exception) -> Report:
    """Return what the client says of a message that it does not take."""
    if isinstance(error, BufferError):
        return CUT_OFF
    if isinstance(error, ValueError | OverflowError):  # of a value, which is the message's
        return REFUSED
    told = error.args[0] if error.args else None
    return told if hasattr(told, "name") and hasattr(told, "fatal") else BROKEN


def _is_end(report: Report) -> bool:
    """Return whether a report says that the client is of no use any more."""
    return report is not None and not isinstance(report, Unreported) and report.fatal()


def _flush(client: Client, within_s: float) -> int:
    """Return how many reports are missing, or that the client raised: it can go on no more."""
    try:
        return client.flush(max(within_s, 0.0))
    except Exception:
        return _RAISED
