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
        for name, owner in claims:
            holder, held_until = self.held.get(name, (owner, 0))
            if holder == owner or held_until <= now or now + LONGEST_HOLD_MS < held_until < FOREVER:
                self.held[name] = (owner, until)
                verdicts.append(ClaimResult.OURS)
            else:
                verdicts.append(ClaimResult.TAKEN if held_until >= FOREVER else ClaimResult.BUSY)
        return verdicts

    def keep(
        self,
        claims: Sequence[Claim],
        now: int,  # noqa: ARG002 nothing expires here
        *,
        within_s: float = 10.0,  # noqa: ARG002 it answers at once
    ) -> list[bool]:
        """See Claims."""
        kept = [name in self.held and self.held[name][0] == owner for name, owner in claims]
        self.held.update((name, (owner, FOREVER)) for (name, owner), ours in zip(claims, kept, strict=True) if ours)
        return kept

    def free(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> None:  # noqa: ARG002 it answers at once
        """See Claims."""
        for name, owner in claims:
            if name in self.held and self.held[name][0] == owner:
                self.held[name] = (owner, 0)
