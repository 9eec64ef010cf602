"""An operator's order to give up on what waits for a destination: the drainer makes dead letters of it. Pure.

An order takes what had waited when it was given, and nothing that comes later. So it may stay in force for as long as
the hold queue keeps a message, and being carried out twice does no harm.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from comboio.errors import InvalidDataError

KEPT_MS = 15 * 86_400_000
"""A day longer than SQS keeps a message: then the order can take nothing any more."""

MOST = 20
"""Orders in force for a destination: the drainer asks each of them about each record."""


class TooManyOrdersError(InvalidDataError):
    """A destination has so many orders already that another would slow the drainer down."""


class GiveUp(NamedTuple):
    """One order: the records for which everything that is given holds."""

    asked_at: int
    """When it was given (epoch ms)."""
    before: int
    """Records that the destination first did not take before this moment (epoch ms)."""
    since: int = 0
    """And not before this one."""
    codes: tuple[str, ...] = ()
    """Codes, as text; empty: any."""
    topics: tuple[str, ...] = ()
    """Topics; empty: any."""
    by: str = ""
    """Who gave it, for the dead letters."""

    def takes(self, topic: str, since: int, code: object) -> bool:
        """Return whether a record is given up: its topic, when it was first not taken, and its code."""
        return (
            self.since <= since < self.before
            and (not self.topics or topic in self.topics)
            and (not self.codes or (code is not None and str(code) in self.codes))
        )


def with_order(orders: Sequence[GiveUp], order: GiveUp) -> tuple[GiveUp, ...]:
    """Return the orders in force with another; a later one of the same kind replaces the earlier.

    Raises:
        TooManyOrdersError: there are MOST of other kinds.
    """
    kept = [each for each in orders if order.asked_at - each.asked_at < KEPT_MS and not _covers(order, each)]
    if len(kept) >= MOST:
        raise TooManyOrdersError(
            f"{MOST} requests of other kinds are in force for this destination, each for 15 days. Send one without "
            "codigo, topic, since and until: it covers all of them."
        )
    return (*kept, order)


def _covers(later: GiveUp, earlier: GiveUp) -> bool:
    """Return whether an order takes everything that an earlier one takes."""
    return (
        later.since <= earlier.since
        and later.before >= earlier.before
        and (not later.codes or (bool(earlier.codes) and set(earlier.codes) <= set(later.codes)))
        and (not later.topics or (bool(earlier.topics) and set(earlier.topics) <= set(later.topics)))
    )


def to_json(orders: Sequence[GiveUp]) -> str:
    """Return orders as they are stored."""
    return json.dumps([order._asdict() for order in orders], separators=(",", ":"))


def from_json(text: str) -> tuple[GiveUp, ...]:
    """Read orders; what cannot be read gives nothing up."""
    try:
        return tuple(map(_order, json.loads(text)))
    except (ValueError, LookupError, TypeError, AttributeError):
        return ()


def _order(fields: Any) -> GiveUp:
    return GiveUp(
        int(fields["asked_at"]),
        int(fields["before"]),
        int(fields["since"]),
        tuple(map(str, fields["codes"])),
        tuple(map(str, fields["topics"])),
        str(fields["by"]),
    )
