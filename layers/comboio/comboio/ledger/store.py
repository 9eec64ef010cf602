"""Where ledgers are kept: the protocol that every store has."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol, TypeVar

from comboio.aws.json_api import AwsError
from comboio.ledger.encoding import UnreadableLedgerError
from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import Ranges


class LeaseInfo(NamedTuple):
    """A partition as it stands."""

    owner: str
    """The invocation that has or last had the lease."""
    lease_until: int
    """When the lease ends or ended (epoch ms); 0 where it was released."""
    ledger: Ledger


LedgerFault = AwsError | UnreadableLedgerError
"""Why nothing is known of a partition: its store did not answer, or the answer is no ledger."""

T = TypeVar("T")

WaitForClaims = Callable[[], dict[str, Ledger | LedgerFault | None]]
"""Waits for claims that were begun; returns what each came to, by partition."""

WaitForSettlements = Callable[[], dict[str, bool | LedgerFault]]
"""Waits for settlements that were begun; returns what each came to, by partition."""


class LedgerStore(Protocol):
    """Ledgers by partition, each with the lease of the invocation that dispatches it.

    A partition is named `<cluster id>/<topic>-<number>`. Every method takes at most `within_s` seconds, and may raise
    AwsError when the store did not answer: then nothing is known, and nothing of the partition may be dispatched or
    counted as done. `begin_claims` and `begin_settlements` do the same for several partitions at once, and return what
    was raised.
    """

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        """Take the lease for `owner` until `until` (epoch ms), for a delivery of `offsets`.

        Returns None while another invocation has the lease; the delivery is then noted for the next owner. A lease that
        ends later than any invocation can last (LONGEST_HOLD_MS) was taken by a wrong clock, and holds nobody up.
        """
        ...

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        """Write the ledger if `owner` still has the lease, and take off the deliveries that it knew of.

        `lease_until` 0 releases the lease. Returns False where the lease was lost: then nothing was written.
        """
        ...

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:
        """Release the lease unsettled; do nothing where another invocation has it."""
        ...

    def begin_claims(
        self, deliveries: Mapping[str, Ranges], owner: str, now: int, until: int, *, within_s: float = 10.0
    ) -> WaitForClaims:
        """Begin to claim the partitions of some deliveries; whoever begins has to wait for them too."""
        ...

    def begin_settlements(
        self, ledgers: Mapping[str, Ledger], owner: str, lease_until: int, *, within_s: float = 10.0
    ) -> WaitForSettlements:
        """Begin to settle some partitions; whoever begins has to wait for them too."""
        ...

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """Return the partition without taking its lease; None if it has no ledger."""
        ...


class ReplayNotes(Protocol):
    """Tells ledgers of records that were dispatched past them: whoever has a partition next lets go of those."""

    def note_replays(self, replays: Mapping[str, Ranges], *, within_s: float = 10.0) -> dict[str, bool | LedgerFault]:
        """Note replayed offsets, by partition, whoever has its lease; False where there is no ledger, or no room."""
        ...


def each(partitions: Iterable[str], step: Callable[[str], T]) -> dict[str, T | LedgerFault]:
    """Take a step of one partition for each, one after the other; return what it returned or raised."""
    found: dict[str, T | LedgerFault] = {}
    for partition in partitions:
        try:
            found[partition] = step(partition)
        except (AwsError, UnreadableLedgerError) as error:
            found[partition] = error
    return found


def outcome(found: T | LedgerFault) -> T:
    """Return what a step of one partition came to, or raise it."""
    if isinstance(found, AwsError | UnreadableLedgerError):
        raise found
    return found
