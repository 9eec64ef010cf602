"""Which bad input to produce on purpose, as an option says it."""

MALFORMED = "malformed"
UNKNOWN_CODIGO = "unknown_codigo"
TOMBSTONE = "tombstone"
KINDS = (MALFORMED, UNKNOWN_CODIGO, TOMBSTONE)

MOST = 1_000_000
"""Most of a kind: each is planned for a time of its own."""


def parse_faults(text: str) -> dict[str, int]:
    """Read `malformed=20,tombstone=5` as counts by kind; empty text means none.

    Raises:
        ValueError: another kind, or a count that is not a whole number.
    """
    counts = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        kind, _, count = part.partition("=")
        if kind not in KINDS or not count.isdecimal():
            raise ValueError(f"{part!r} is not kind=count with a kind of {', '.join(KINDS)}")
        if int(count) > MOST:
            raise ValueError(f"{part!r}: at most {MOST} of a kind")
        counts[kind] = int(count)
    return counts
