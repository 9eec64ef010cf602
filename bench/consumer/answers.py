"""What AWS answers here: as to the dispatcher's benchmark, but of partitions that nobody has had."""

from bench.dispatcher import canned

CLAIMED = canned.answer("UpdateItem", b'"ALL_OLD"')
"""The answer to a claim there: a partition that has been read up to a later offset than these records have."""


def answer(action: str, body: bytes) -> bytes:
    """Answer a request; these offsets begin at 0."""
    answered = canned.answer(action, body)
    return b"{}" if answered == CLAIMED else answered
