"""What the board shows: panels of rows, each the newest value of something, or a sentence where it is not known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ops.watch.unknown import KNOWN_FAULTS, sentence


class Row(NamedTuple):
    """A value and what it is of."""

    label: str
    value: float | str | None
    """None: not known."""
    bad: bool = False
    """Whether somebody should look at it."""
    at_least: bool = False
    """Whether it may be more."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One thing that is asked of a stack."""

    title: str
    """That of the dashboard's graph, where it has one."""
    rows: Sequence[Row] = ()
    note: str = ""
    """Why it is not known, or not whole; a sentence."""


def panels(*titles: str, read: Callable[[], Sequence[Panel]]) -> list[Panel]:
    """Return what `read` finds; if it cannot be read, the panels of these titles say why in its place."""
    try:
        return list(read())
    except KNOWN_FAULTS as error:
        return [Panel(title, note=sentence(error)) for title in titles]


def counts(found: dict[str, float], *, bad: bool = False) -> list[Row]:
    """Return a row for each count, the highest first; those above 0 are bad if `bad`."""
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return [Row(label, value, bad and value > 0) for label, value in ordered]
