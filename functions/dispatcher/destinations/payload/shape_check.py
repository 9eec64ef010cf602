"""Whether the changes of a payload that a section asks for go together: each must have something left to change."""

from collections.abc import Iterable, Sequence

Path = tuple[str, ...]


def check_together(
    pick: Sequence[Path], drop: Sequence[Path], mask: Sequence[Path], rename: Sequence[tuple[Path, Path]]
) -> None:
    """Check changes that are made in this order.

    Raises:
        ValueError: one is of a field that the ones before it took away, or two fields would have one place.
    """
    for word, paths in (("drop", drop), ("mask", mask), ("rename", [old for old, _ in rename])):
        for path in paths:
            if pick and not any(_within(path, picked) or _within(picked, path) for picked in pick):
                raise ValueError(f"{word}: {_written(path)} cannot be used by {word}, as `pick` leaves it out")
            if word != "drop" and any(_within(path, dropped) for dropped in drop):
                raise ValueError(f"{word}: {_written(path)} cannot be used by {word}, as `drop` leaves it out")
    for picked in pick:
        if any(_within(picked, dropped) for dropped in drop):
            raise ValueError(f"drop: {_written(picked)} is picked and dropped. Leave one of the two out")
    places = [new for _, new in rename]
    for place, (old, new) in enumerate(rename):
        if old == new:
            raise ValueError(f"rename: {_written(old)} would keep its name. Leave it out")
        if _meets(new, places[:place]):
            raise ValueError(f"rename: two fields would go to {_written(new)}, and one be lost. Name another place")


def _meets(path: Path, others: Iterable[Path]) -> bool:
    """Return whether a path is one of others, or leads into one of them, or the other way round."""
    return any(_within(path, other) or _within(other, path) for other in others)


def _within(path: Path, other: Path) -> bool:
    """Return whether a field is another one, or stands in it."""
    return path[: len(other)] == other


def _written(path: Path) -> str:
    return repr(".".join(path))[:60]
