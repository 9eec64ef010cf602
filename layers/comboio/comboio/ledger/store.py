"""Where ledgers are kept: the protocol that every store has."""

from typing import NamedTuple, Protocol

from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import Ranges


class LeaseInfo(NamedTuple):
    """A partition as it stands: whose it is or was last, until when (ms), and its ledger."""

    owner: str
    lease_until: int
    ledger: Ledger


class LedgerStore(Protocol):
    """Where ledgers are kept, and whose they are at the moment.

    Every method may raise AwsError when the store cannot be reached: then nothing is known, and nothing of
    the partition may be dispatched or counted as done.
    """

    def claim(self, partition: str, owner: str, now: int, until: int, brought: Ranges) -> Ledger | None:
        """Takes the partition for `owner` until `until` (ms), for the offsets `brought`.

        None while somebody else has it; what was brought is then noted for the next owner to know of.
        """
        ...

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int) -> bool:
        """Writes the ledger if `owner` still has it; `lease_until` 0 gives it back. False: ownership was lost."""
        ...

    def release(self, partition: str, owner: str) -> None:
        """Gives the partition back unsettled; does nothing where somebody else has it."""
        ...

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """The partition without taking it; None if it has no ledger."""
        ...
