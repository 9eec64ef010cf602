"""Claims in DynamoDB: those for good in items that they share, the others in an item each."""

from collections.abc import Sequence
from concurrent.futures import Executor
from time import monotonic

from comboio.aws.json_api import JsonApi
from comboio.claims.claims import FOREVER, Claim, ClaimResult
from comboio.claims.own_items import OwnItems
from comboio.claims.shared_items import SharedItems


class DynamoClaims:
    """See Claims. A claim is remembered for `expire_s` at least, by the table's TTL on `expires_at`."""

    def __init__(self, api: JsonApi, table: str, pool: Executor, expire_s: int) -> None:
        self._own = OwnItems(api, table, pool, expire_s)
        self._shared = SharedItems(api, table, pool, expire_s)

    def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
        """See Claims. Only a claim for good shares an item: a mark has no end."""
        end = monotonic() + within_s
        results: dict[Claim, ClaimResult] = {}
        if until == FOREVER:
            results = self._shared.take([claim for claim in claims if claim.item], now, end)
        alone = [claim for claim in claims if claim not in results]
        results |= zip(alone, self._own.take(alone, now, until, end), strict=True)
        return [results[claim] for claim in claims]

    def owned(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> list[ClaimResult]:
        """See Claims."""
        end = monotonic() + within_s
        results = self._shared.owned([claim for claim in claims if claim.item], end)
        alone = [claim for claim in claims if claim not in results]
        results |= zip(alone, self._own.owned(alone, end), strict=True)
        return [results[claim] for claim in claims]

    def keep(self, claims: Sequence[Claim], now: int, *, within_s: float = 10.0) -> list[bool]:
        """See Claims; of claims that share no item, since the others are for good already."""
        return self._own.keep(claims, now, monotonic() + within_s)

    def free(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> None:
        """See Claims."""
        end = monotonic() + within_s
        alone = [claim for claim in claims if not claim.item]
        self._own.free(alone + self._shared.free([claim for claim in claims if claim.item], end), end)
