"""How far an order group of the hold queue is drained. Pure."""

from collections.abc import Mapping

from msgspec import Struct, field

_MOST_DRAINED = 10
"""As many as a drainer is given at a time: the deletion of all of them may be lost."""


class Progress(Struct, frozen=True):
    """What is known of an order group."""

    last: str = ""
    """The token of the last message that was drained whole; empty where none was."""
    drained: tuple[str, ...] = ()
    """The queue's own ids of the last messages that were: should one be delivered again, nothing remains to be done."""
    head: str = ""
    """The token of the message that is drained in part; empty where none is."""
    done: frozenset[int] = frozenset()
    """The places in that message of records with which nothing remains to be done."""
    attempts: Mapping[int, int] = field(default_factory=dict)
    """By place: how often its destination failed to take a record of it."""
    counted_at: int = 0
    """When such a failure last counted while the destination was cut off (epoch ms)."""


def after_message(progress: Progress, token: str, message_id: str) -> Progress:
    """Return the progress once a message is drained whole; the same where it had been before."""
    if message_id in progress.drained:
        return progress
    return Progress(token, (*progress.drained, message_id)[-_MOST_DRAINED:])


def agree(diverted: str, progress: Progress) -> bool:
    """Return whether all that was diverted is drained, so that records may go straight to the destination again.

    `diverted` is the token of the last message that the partition's ledger knows of. A message that a crashed
    invocation wrote, and the ledger does not know of, makes the two differ until something is diverted again: then
    everything goes behind it, and nothing is overtaken.
    """
    return progress.last == diverted
