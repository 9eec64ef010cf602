"""Faults injected on purpose, to show what the function does with them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Faults:
    """What to do wrong, and when."""

    redeliver: frozenset[int] = frozenset()
    """Which of the batches that succeed (from 1) are delivered once more."""

    @classmethod
    def parse(cls, text: str) -> "Faults":
        """Read `redeliver=3,redeliver=9`.

        Raises:
            ValueError: anything else; no part of it is in the message.
        """
        numbers = set()
        for place, part in enumerate((part.strip() for part in text.split(",")), 1):
            if not part:
                continue
            name, _, number = part.partition("=")
            if name != "redeliver" or not number.isdecimal() or int(number) < 1:
                raise ValueError(
                    f"entry {place} is not a fault; write redeliver=<number of a successful batch, from 1>"
                )
            numbers.add(int(number))
        return cls(frozenset(numbers))
