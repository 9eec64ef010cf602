"""How far the group is behind: records in the partition that are not committed."""


def lag(high_watermark: int | None, seen: int | None, committed: int | None) -> int | None:
    """Records between the committed position and the partition's end; None where either is not known.

    The end is the higher of the broker's high watermark and one past the highest offset fetched, for an embedded
    broker may report a watermark below what it has already delivered.
    """
    ends = [end for end in (high_watermark, seen) if end is not None and end >= 0]
    if not ends or committed is None:
        return None
    return max(0, max(ends) - committed)
