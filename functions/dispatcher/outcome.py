"""What became of a parcel once its destinations have answered."""

from dispatcher.fault import FaultKind
from dispatcher.parcel import Outcome, Parcel


def conclude(parcel: Parcel) -> None:
    """Sets the outcome of a parcel that was shipped; counts the attempt if one was used."""
    route, fault = parcel.route, parcel.fault
    if parcel.outcome is not None or route is None:
        return
    if fault is None:
        parcel.outcome = Outcome.DISPATCHED
    elif fault.kind is FaultKind.HELD:
        parcel.outcome = Outcome.HELD
    elif fault.kind is FaultKind.THROTTLED:
        parcel.outcome = Outcome.FAILED
    elif fault.kind is FaultKind.PERMANENT:
        parcel.attempts += 1
        parcel.dead_letter("permanent", fault.error)
    else:
        parcel.attempts += 1
        if parcel.attempts >= route.max_attempts:
            parcel.dead_letter("attempts_exhausted", fault.error)
        else:
            parcel.outcome = Outcome.FAILED
