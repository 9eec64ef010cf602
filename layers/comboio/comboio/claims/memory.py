"""Claims in one process's memory: for tests, and to run without AWS."""

from collections.abc import Sequence

from comboio.claims.claims import FOREVER, Claim, ClaimResult
from comboio.invocation import LONGEST_HOLD_MS


class MemoryClaims:
    """Claims in one process's memory: for tests, and to run without AWS."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, int]] = {}

    def take(
        self,
        claims: Sequence[Claim],
        now: int,
        until: int,
        *,
        within_s: float = 10.0,  # noqa: ARG002 it answers at once
    ) -> list[ClaimResult]:
        """See Claims."""
        verdicts = []
        for claim in claims:
            name, owner = _name(claim), claim.owner
            holder, held_until = self.held.get(name, (owner, 0))
            if holder == owner or held_until <= now or now + LONGEST_HOLD_MS < held_until < FOREVER:
                self.held[name] = (owner, until)
                verdicts.append(ClaimResult.OURS)
            else:
                verdicts.append(ClaimResult.TAKEN if held_until >= FOREVER else ClaimResult.BUSY)
        return verdicts

    def owned(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> list[ClaimResult]:  # noqa: ARG002 see above
        """See Claims."""
        return [
            ClaimResult.OURS if self.held.get(_name(claim)) == (claim.owner, FOREVER) else ClaimResult.TAKEN
            for claim in claims
        ]

    def keep(
        self,
        claims: Sequence[Claim],
        now: int,  # noqa: ARG002 nothing expires here
        *,
        within_s: float = 10.0,  # noqa: ARG002 it answers at once
    ) -> list[bool]:
        """See Claims."""
        kept = [_name(claim) in self.held and self.held[_name(claim)][0] == claim.owner for claim in claims]
        ours = [claim for claim, held in zip(claims, kept, strict=True) if held]
        self.held.update((_name(claim), (claim.owner, FOREVER)) for claim in ours)
        return kept

    def free(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> None:  # noqa: ARG002 it answers at once
        """See Claims."""
        for claim in claims:
            name = _name(claim)
            if name in self.held and self.held[name][0] == claim.owner:
                self.held[name] = (claim.owner, 0)


def _name(claim: Claim) -> str:
    """Return what tells claims apart: in another item a name is another claim, as it is in DynamoDB."""
    return f"{claim.item} {claim.name}" if claim.item else claim.name
