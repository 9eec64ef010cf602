"""Ranges of offsets as bytes: never more than a given number of them, whatever the offsets are.

Format: zlib over JSON `[first - last of the range before, last - first, times, ...]`, where `times` ranges lie alike.
Regular gaps, such as the marker that a transactional producer puts behind each record, take some 40 bytes however many
there are; irregular ones take about 4 bits each.
"""

import json
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from comboio.ledger.offsets import Ranges

_MOST_RANGES = 1_000_000
"""No ledger has as many: bytes that stand for more are damaged, or forged to fill the memory."""


class Fitted(NamedTuple):
    """Ranges that fit their bytes."""

    held: Ranges
    """Every offset that was given, and more where `exact` is false."""
    exact: bool
    data: bytes


def to_steps(held: Ranges) -> list[int]:
    """Return the ranges as distances, three numbers for each run of ranges that lie alike."""
    steps: list[int] = []
    end = 0
    for first, last in held:
        step, length = first - end, last - first
        if steps and steps[-3] == step and steps[-2] == length:
            steps[-1] += 1
        else:
            steps += (step, length, 1)
        end = last
    return steps


def from_steps(steps: Sequence[object]) -> Ranges:
    """Return the ranges of some distances.

    Raises:
        ValueError: they are no list, not three for each run or far too many, or one is no natural number.
    """
    held: list[tuple[int, int]] = []
    end = 0
    if not isinstance(steps, list):
        raise ValueError("the distances between offsets are not a list")
    for step, length, times in zip(steps[::3], steps[1::3], steps[2::3], strict=True):
        if type(step) is not int or type(length) is not int or type(times) is not int or min(step, length, times) < 0:
            raise ValueError("a distance between offsets is not a natural number")
        if len(held) + times > _MOST_RANGES:
            raise ValueError(f"there are more than {_MOST_RANGES} ranges")
        for _ in range(times):
            end += step
            held.append((end, end + length))
            end += length
    return tuple(held)


def encode(held: Ranges) -> bytes:
    """Return the ranges as bytes; none for no ranges."""
    return zlib.compress(json.dumps(to_steps(held), separators=(",", ":")).encode(), 1) if held else b""


def decode(data: bytes) -> Ranges:
    """Return the ranges of some bytes.

    Raises:
        ValueError, zlib.error: the bytes are damaged, or of another format.
    """
    return from_steps(json.loads(zlib.decompress(data))) if data else ()


def fit(held: Ranges, most_bytes: int) -> Fitted:
    """Return the ranges in at most `most_bytes`: the lower half becomes one range, over and over, until they fit.

    Older offsets, which are least likely to be delivered again, lose their detail first. One range always fits.
    """
    exact, data = True, encode(held)
    while len(data) > most_bytes and len(held) > 1:
        half = (len(held) + 1) // 2
        held = ((held[0][0], held[half - 1][1]), *held[half:]) if half > 1 else ((held[0][0], held[-1][1]),)
        exact, data = False, encode(held)
    return Fitted(held, exact, data)
