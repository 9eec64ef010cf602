"""A message that the partner took, and what a list of them says. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Receipt:
    """One message of one POST."""

    id: str
    event_id: str
    key: str
    codigo: int
    at: float
    """When it was taken (epoch s)."""
    doubtful: bool = False
    """Whether the sender may not have heard that it was taken, and had to send it again."""

    @classmethod
    def of(cls, name: str, message: Mapping[str, Any], at: float) -> "Receipt":
        """Return the receipt of a message with the id `name`."""
        key = f"{message['codigo']}/{message['truck_id']}"
        return cls(name, message["event_id"], key, message["codigo"], at)


def offset_of(name: str) -> int:
    """Return the offset in an id, `<cluster id>/<topic>-<partition>:<offset>@<timestamp>`."""
    return int(name.rpartition("@")[0].rpartition(":")[2])


def reordered(receipts: Iterable[Receipt], ordered_codes: Collection[int]) -> int:
    """Return how many messages first arrived after a later one of their key; a key has one partition."""
    latest: dict[str, int] = {}
    seen: set[str] = set()
    count = 0
    for receipt in receipts:
        if receipt.codigo not in ordered_codes or receipt.id in seen:
            continue
        seen.add(receipt.id)
        offset = offset_of(receipt.id)
        if offset < latest.get(receipt.key, -1):
            count += 1
        else:
            latest[receipt.key] = offset
    return count


def repeats(receipts: Iterable[Receipt]) -> tuple[int, int]:
    """Return how many receipts are repeats, and how many of these follow a doubtful one, which explains them."""
    heard: dict[str, bool] = {}
    count = explained = 0
    for receipt in receipts:
        if receipt.id in heard:
            count += 1
            explained += not heard[receipt.id]
        heard[receipt.id] = heard.get(receipt.id, False) or not receipt.doubtful
    return count, explained
