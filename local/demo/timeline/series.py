"""Lines and bands of a run from what was counted in it. Pure: times are seconds since producing began."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

from charts.bands import Band
from local.kafka.end_history import EndHistory

Points = Sequence[tuple[float, float | None]]
"""Of a line."""

MOST_POINTS = 600
"""Points of a line at most: a run of a day has one for some minutes."""


def step_s(last_s: float) -> float:
    """Return the seconds that a point stands for: whole ones, and as few as MOST_POINTS allow."""
    return float(max(1, -(-int(last_s) // MOST_POINTS)))


def rate(amounts: Iterable[tuple[float, float]], last_s: float) -> Points:
    """Return what came a second, from amounts by their times; a point stands in the middle of its step."""
    step = step_s(last_s)
    sums: Counter[int] = Counter()
    for at, amount in amounts:
        sums[int(at // step)] += amount  # type: ignore[assignment]  # a Counter adds up fractions too
    return [(min((place + 0.5) * step, last_s), sums[place] / step) for place in range(int(last_s // step) + 1)]


def growth(totals: Sequence[tuple[float, float]], last_s: float) -> Points:
    """Return what a total that was read now and then grew by a second; it grew evenly between two readings."""
    step = step_s(last_s)
    edges = [_between(totals, place * step) for place in range(int(last_s // step) + 2)]
    return [
        (min((place + 0.5) * step, last_s), (after - before) / step)
        for place, (before, after) in enumerate(pairwise(edges))
    ]


def quantile(values: Iterable[tuple[float, float]], share: float, last_s: float) -> Points:
    """Return the quantile of the values of each step; None where there were none."""
    step = step_s(last_s)
    found: dict[int, list[float]] = defaultdict(list)
    for at, value in values:
        found[int(at // step)].append(value)
    for each in found.values():
        each.sort()
    return [
        (
            min((place + 0.5) * step, last_s),
            found[place][int(share * (len(found[place]) - 1))] if place in found else None,
        )
        for place in range(int(last_s // step) + 1)
    ]


def level(changes: Iterable[tuple[float, float]]) -> Points:
    """Return what there was at a time, from what came and went; what went before it came counts as nothing left.

    The line has a step at each change.
    """
    points: list[tuple[float, float | None]] = [(0.0, 0.0)]
    ordered = sorted(changes)
    for (at, _), total in zip(ordered, accumulate(amount for _, amount in ordered), strict=True):
        points += [(at, points[-1][1]), (at, max(0.0, total))]
    return points


def lags(
    ends: Mapping[str, Sequence[tuple[float, int]]], commits: Mapping[str, Sequence[tuple[float, int]]], last_s: float
) -> tuple[dict[str, Points], dict[str, Points]]:
    """Return the lag by topic, in records and in seconds, from each partition's end and the group's position over time.

    What nobody commits is behind: a consumer that was killed does not stop the clock, as its own figures would.
    """
    step = step_s(last_s)
    moments = [place * step for place in range(int(last_s // step) + 1)]
    records: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    for partition, seen in ends.items():
        topic = partition.rpartition("-")[0]
        history = EndHistory(seen)
        mine = sorted(commits.get(partition, ()))
        of_topic = records.setdefault(topic, [0.0] * len(moments)), seconds.setdefault(topic, [0.0] * len(moments))
        for place, at in enumerate(moments):
            end = _last(seen, at, seen[0][1])
            position = _last(mine, at, seen[0][1])
            of_topic[0][place] += max(0, end - position)
            of_topic[1][place] = max(of_topic[1][place], history.age_s(position, at)[0])
    return (
        {topic: list(zip(moments, values, strict=True)) for topic, values in sorted(records.items())},
        {topic: list(zip(moments, values, strict=True)) for topic, values in sorted(seconds.items())},
    )


def state_bands(samples: Sequence[tuple[float, Mapping[str, str]]], last_s: float) -> dict[str, list[Band]]:
    """Return a band for each time in which a destination's state had a word; it lasts until the next sample."""
    found: dict[str, list[Band]] = {}
    for (at, words), (until, _) in pairwise([*samples, (last_s, {})]):
        for name, state in words.items():
            row = found.setdefault(name, [])
            if not state:
                continue
            if row and row[-1].state == state and row[-1].end_s == at:
                row[-1] = row[-1]._replace(end_s=until)
            else:
                row.append(Band(at, until, state))
    return found


def _between(totals: Sequence[tuple[float, float]], at: float) -> float:
    """Return a total at a time; before the first reading and after the last it stands still."""
    place = bisect_right(totals, at, key=lambda reading: reading[0])
    if place == 0 or place == len(totals):
        return totals[place - 1 if place else 0][1]
    (before, low), (after, high) = totals[place - 1], totals[place]
    return low + (high - low) * (at - before) / (after - before)


def _last(points: Sequence[tuple[float, int]], at: float, before: int) -> int:
    """Return the value that held at a time; `before` where none did yet."""
    place = bisect_right(points, at, key=lambda point: point[0])
    return points[place - 1][1] if place else before
