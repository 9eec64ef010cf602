"""The order of a key across batches: a record waits while an earlier one of its key is incomplete."""

from collections.abc import Sequence

from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import first_missing
from dispatcher.parcel import Parcel


def hold_back(ledger: Ledger, parcels: Sequence[Parcel]) -> None:
    """Hold a record while an earlier one of its key is incomplete and not in this batch.

    One that is in this batch goes first in its lane, and the lanes see to the rest. Whose keys the deferred offsets
    have is not known: while one is not in this batch, all that keep order wait for it.
    """
    if not ledger.incomplete and not ledger.deferred:
        return
    present = {parcel.record.offset for parcel in parcels if not parcel.deferred}
    blocked: dict[int, int] = {}
    for offset, entry in ledger.incomplete.items():
        if entry.token is not None and offset not in present:
            blocked[entry.token] = min(offset, blocked.get(entry.token, offset))
    floor = first_missing(ledger.deferred, present)
    for parcel in parcels:
        if parcel.outcome is None and parcel.token is not None:
            earliest = blocked.get(parcel.token, floor)
            if floor is not None and earliest is not None:
                earliest = min(earliest, floor)
            if earliest is not None and earliest < parcel.record.offset:
                parcel.hold()
