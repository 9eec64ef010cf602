"""How many attempts a record has: which faults use one, and after which one it is a dead letter. Pure."""

from comboio.contract.dead_letter_schema import Reason
from dispatcher.fault import Fault, FaultKind


def uses_attempt(fault: Fault) -> bool:
    """Return whether a fault counts against its record: what was not sent, or was asked to slow down, does not."""
    return fault.kind in (FaultKind.TRANSIENT, FaultKind.PERMANENT)


def dead_after(fault: Fault, attempts: int, max_attempts: int) -> Reason | None:
    """Return why a record is a dead letter once it has used so many attempts, the last by this fault; None if not."""
    if fault.kind is FaultKind.PERMANENT:
        return "permanent"
    return "attempts_exhausted" if attempts >= max_attempts else None
