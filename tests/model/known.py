"""What follows from a part of a state, found once: many states share it, and the product's functions are pure."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Known:
    """What was found, by what it follows from."""

    def __init__(self) -> None:
        self._found: dict[tuple[Hashable, ...], Any] = {}

    def once(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """Return what follows from `key`; make it the first time."""
        if key not in self._found:
            self._found[key] = make()
        found: T = self._found[key]
        return found
