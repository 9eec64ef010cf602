"""What a report of the Kafka client means for the message: refused for good, asked to slow down, or failed for now."""

from enum import Enum

from dispatcher.destinations.kafka.client import ClientError
from dispatcher.fault import Fault, FaultKind


class Unreported(Enum):
    """What is known of a message that neither Kafka nor the client judged."""

    UNKNOWN = "no acknowledgement came in time; it may have been written"
    UNSENT = "it could not be sent in time"
    CUT_OFF = "it was not sent: time ran out, or the client's queue is full"
    REFUSED = "the client does not take it"
    BROKEN = "the client failed at it"


UNKNOWN, UNSENT, CUT_OFF, REFUSED, BROKEN = Unreported

KINDS = {REFUSED: FaultKind.PERMANENT, CUT_OFF: FaultKind.HELD}
"""What they mean; the others are for now."""

Report = ClientError | Unreported | None
"""Of a message; None: Kafka has it, on all replicas in sync."""

OF_THE_MESSAGE = frozenset({"INVALID_RECORD", "_INVALID_ARG"})
"""Said of this very message: the others of its batch get another code."""

_OF_THE_BATCH = frozenset(
    {"MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_MSG_SIZE", "INVALID_MSG", "POLICY_VIOLATION"}
)
"""Said of a batch as a whole: only of a message that is alone in its call it is certain. One that failed in company
goes alone when it comes again."""

SLOW_DOWN = frozenset({"THROTTLING_QUOTA_EXCEEDED"})

ADVICE = {
    "UNKNOWN_TOPIC_OR_PART": "Create the topic, or correct the target.",
    "_UNKNOWN_TOPIC": "Create the topic, or correct the target.",
    "_UNKNOWN_PARTITION": "Create the topic, or correct the target.",
    "TOPIC_AUTHORIZATION_FAILED": "Allow the principal to write to the topic.",
    "CLUSTER_AUTHORIZATION_FAILED": "Allow the principal to write idempotently.",
    "INVALID_TIMESTAMP": 'The topic takes no such time: change the topic, or set timestamp = "now".',
}
"""By the name of a code that lasts until somebody acts: what to do. The records wait until then."""


def fault_of(report: Report, *, alone: bool, trouble: str) -> Fault | None:
    """Return what a report means.

    Args:
        report: of the message.
        alone: whether it was the only one of its call.
        trouble: what the client last said of the cluster, if anything.
    """
    if report is None:
        return None
    if isinstance(report, Unreported):  # never by ==: the client's errors raise where they are compared with it
        kind = KINDS.get(report, FaultKind.TRANSIENT)
        return Fault(kind, f"kafka: {report.value}{f' ({trouble})' if trouble else ''}")
    name = report.name()
    error = " ".join(filter(None, ["kafka:", name, report.str(), ADVICE.get(name, "")]))
    if report.fatal():
        return Fault(FaultKind.TRANSIENT, error)
    if name in SLOW_DOWN:
        return Fault(FaultKind.THROTTLED, error)
    permanent = name in OF_THE_MESSAGE or (alone and name in _OF_THE_BATCH)
    return Fault(FaultKind.PERMANENT if permanent else FaultKind.TRANSIENT, error)
