"""The token that inspect gives and purge asks for. Pure.

It binds a purge to what was inspected: source, filter, count and moment. It guards against mistakes, not against
attackers: IAM decides who may purge.
"""

from hashlib import sha256

from dlq_replayer.request.request import Filter, Request, refused

VALID_MS = 3_600_000
"""How long a token may be used after its inspect."""

ALLOWED = "the `confirmation` of an inspect with the same source and filter, at most an hour old"


def token(source: str, wanted: Filter, count: int, moment: int) -> str:
    """Return the token for `count` letters that were there at `moment` (epoch ms)."""
    return f"{moment}-{count}-{_digest(source, wanted, count, moment)}"


def check(request: Request, now: int) -> tuple[int, int]:
    """Return the count and the moment that the request's token confirms.

    Raises:
        RefusedError: not a token, one of another source or filter, or too old.
    """
    try:
        moment_text, count_text, digest = request.confirm.split("-")
        moment, count = int(moment_text), int(count_text)
    except ValueError:
        raise refused("confirm", "it is not a confirmation", ALLOWED) from None
    if digest != _digest(request.source, request.filter, count, moment):
        raise refused("confirm", "it is the confirmation of another source or filter", ALLOWED)
    if not 0 <= now - moment <= VALID_MS:
        raise refused("confirm", "it has expired", ALLOWED)
    return count, moment


def _digest(source: str, wanted: Filter, count: int, moment: int) -> str:
    return sha256(f"{source}|{wanted.model_dump_json()}|{count}|{moment}".encode()).hexdigest()[:16]
