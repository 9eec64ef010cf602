"""A mark: a claim within an item that it shares with others, as an attribute of that item."""

from base64 import b64encode, b85encode
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from comboio.claims.claims import Claim, ClaimResult

_NAME_BYTES = 8
"""64 bits of the claim's name. Two claims that fell together would lose a message: at 13,000 a second that happens
once in a million years, since only the marks of one item are compared."""

_NAME_CHARACTERS = 10
"""Of those bytes as base85: each is paid for, and base64 has 11."""

_OWNER_BYTES = 4
"""32 bits of the owner. Two that fell together would send a duplicate: one of four thousand million duplicates."""

Attributes = Mapping[str, Any]
"""An item as DynamoDB answers it."""


class Mark(NamedTuple):
    """What stands in the item of a claim: attribute `name` (10 characters) with the value `owner` (base64)."""

    name: str
    owner: str

    def result(self, attributes: Attributes) -> ClaimResult | None:
        """Return what an item says of the claim; None if it does not have the mark."""
        found = attributes.get(self.name)
        if found is None:
            return None
        owner = found.get("B") if isinstance(found, dict) else None
        if not isinstance(owner, str):
            return ClaimResult.UNKNOWN
        return ClaimResult.OURS if owner == self.owner else ClaimResult.TAKEN


def marks_of(claims: Sequence[Claim]) -> list[Mark]:
    """Return the marks of claims, in their order; base85 takes a multiple of its time if asked for one at a time."""
    digests = [blake2b(claim.name.encode(), digest_size=_NAME_BYTES).digest() for claim in claims]
    names = b85encode(b"".join(digests)).decode()
    owners = [blake2b(claim.owner.encode(), digest_size=_OWNER_BYTES).digest() for claim in claims]
    return [
        Mark(names[place * _NAME_CHARACTERS : (place + 1) * _NAME_CHARACTERS], b64encode(owner).decode())
        for place, owner in enumerate(owners)
    ]
