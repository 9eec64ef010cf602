"""What makes a history smaller: a part of it left out, or a number set to nought."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

A = TypeVar("A", bound=Enum)
H = TypeVar("H", bound=Enum)


class NumberedStep(NamedTuple, Generic[A]):
    """One step, with numbers that say on what."""

    act: A
    numbers: tuple[int, int, int]


def simpler(
    steps: tuple[NumberedStep[A], ...], happenings: Mapping[int, H]
) -> Iterator[tuple[tuple[NumberedStep[A], ...], Mapping[int, H]]]:
    """Yield steps and happenings with a part left out, large parts first."""
    length = len(steps) // 2
    while length:
        for start in range(0, len(steps), length):
            yield steps[:start] + steps[start + length :], happenings
        length //= 2
    for number in happenings:
        yield steps, {key: each for key, each in happenings.items() if key != number}
    for place, step in enumerate(steps):
        for index, number in enumerate(step.numbers):
            if number:
                numbers = (*step.numbers[:index], 0, *step.numbers[index + 1 :])
                changed = step._replace(numbers=(numbers[0], numbers[1], numbers[2]))
                yield (*steps[:place], changed, *steps[place + 1 :]), happenings
