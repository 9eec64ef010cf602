"""Claims by name: whoever takes one first has it, for a while or for good.

A message of a route with `idempotency = "event"` claims its `event_id` for good, before it is sent; its owner is the
record's position, so a redelivery of the same record still holds its own claim, and another record with the same
`event_id` does not. A replayed dead letter claims its id for as long as the invocation may run, and for good once it is
dispatched.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from enum import Enum
from typing import Any, NamedTuple, Protocol, TypeVar

from comboio.aws.json_api import AwsError, JsonApi

T = TypeVar("T")

FOREVER = 2**53
"""The end of a claim for good, in ms since 1970; it is forgotten all the same when its item expires."""


class Claim(NamedTuple):
    """A name, and who wants it."""

    name: str
    owner: str


class Verdict(Enum):
    """What became of asking for a claim."""

    OURS = "ours"
    BUSY = "busy"
    """Somebody else has it for the moment."""
    TAKEN = "taken"
    """Somebody else has it for good."""
    UNKNOWN = "unknown"
    """The store could not be asked."""


class Claims(Protocol):
    """Where claims are kept."""

    def take(self, claims: Sequence[Claim], now: int, until: int) -> list[Verdict]:
        """Takes each that is free, or its owner's already, or over at `now`; until `until` (ms) or FOREVER."""
        ...

    def keep(self, claims: Sequence[Claim], now: int) -> list[bool]:
        """Makes claims last for good; False for one that is not its owner's any more, or could not be written."""
        ...

    def free(self, claims: Sequence[Claim]) -> None:
        """Gives up claims; one that is not its owner's stays as it is."""
        ...


class DynamoClaims:
    """An item a claim, `pk` = its name, gone `expire_s` after it was made (by the table's TTL on `expires_at`).

    One conditional write each, in parallel: exact whoever else asks, and for one write unit (docs/adr/0009).
    """

    def __init__(self, api: JsonApi, table: str, pool: Executor, expire_s: int) -> None:
        self._api = api
        self._table = table
        self._pool = pool
        self._expire_s = expire_s

    def take(self, claims: Sequence[Claim], now: int, until: int) -> list[Verdict]:
        """See Claims."""

        def one(claim: Claim) -> Verdict:
            values = {":until": {"N": str(until)}, ":now": {"N": str(now)}, ":expires": self._expiry(now)}
            try:
                self._update(
                    claim,
                    "SET #owner = :me, claimed_until = :until, expires_at = :expires",
                    "attribute_not_exists(pk) OR #owner = :me OR claimed_until <= :now",
                    values,
                )
            except AwsError as error:
                if error.code != "ConditionalCheckFailedException":
                    return Verdict.UNKNOWN
                held_until = int(error.fields.get("Item", {}).get("claimed_until", {}).get("N", 0))
                return Verdict.TAKEN if held_until >= FOREVER else Verdict.BUSY
            return Verdict.OURS

        return self._each(one, claims)

    def keep(self, claims: Sequence[Claim], now: int) -> list[bool]:
        """See Claims."""

        def one(claim: Claim) -> bool:
            values = {":until": {"N": str(FOREVER)}, ":expires": self._expiry(now)}
            try:
                self._update(claim, "SET claimed_until = :until, expires_at = :expires", "#owner = :me", values)
            except AwsError:
                return False
            return True

        return self._each(one, claims)

    def free(self, claims: Sequence[Claim]) -> None:
        """See Claims. One that cannot be freed stays until it expires: then its next owner takes a duplicate's way."""

        def one(claim: Claim) -> None:
            try:
                self._update(claim, "SET claimed_until = :none", "#owner = :me", {":none": {"N": "0"}})
            except AwsError:
                return

        self._each(one, claims)

    def _each(self, one: Callable[[Claim], T], claims: Iterable[Claim]) -> list[T]:
        return list(self._pool.map(one, claims))

    def _update(self, claim: Claim, expression: str, condition: str, values: dict[str, Any]) -> None:
        self._api.call(
            "UpdateItem",
            {
                "TableName": self._table,
                "Key": {"pk": {"S": claim.name}},
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":me": {"S": claim.owner}, **values},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )

    def _expiry(self, now: int) -> dict[str, str]:
        return {"N": str(now // 1000 + self._expire_s)}


class MemoryClaims:
    """Claims in one process's memory: for tests, and to run without AWS."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, int]] = {}

    def take(self, claims: Sequence[Claim], now: int, until: int) -> list[Verdict]:
        """See Claims."""
        verdicts = []
        for name, owner in claims:
            holder, held_until = self.held.get(name, (owner, 0))
            if holder == owner or held_until <= now:
                self.held[name] = (owner, until)
                verdicts.append(Verdict.OURS)
            else:
                verdicts.append(Verdict.TAKEN if held_until >= FOREVER else Verdict.BUSY)
        return verdicts

    def keep(self, claims: Sequence[Claim], now: int) -> list[bool]:  # noqa: ARG002 nothing expires here
        """See Claims."""
        kept = [name in self.held and self.held[name][0] == owner for name, owner in claims]
        self.held.update((name, (owner, FOREVER)) for (name, owner), ours in zip(claims, kept, strict=True) if ours)
        return kept

    def free(self, claims: Sequence[Claim]) -> None:
        """See Claims."""
        for name, owner in claims:
            if name in self.held and self.held[name][0] == owner:
                self.held[name] = (owner, 0)
