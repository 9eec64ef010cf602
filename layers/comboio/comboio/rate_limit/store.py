"""Where reserved tokens are counted: the protocol that every store has."""

from typing import Protocol


class TokenStore(Protocol):
    """Counts the tokens that are reserved of each window of a destination.

    The method may raise a ServiceError when the store cannot be reached; the tokens may be reserved all the same, and
    are then not used.
    """

    def reserve(self, destination: str, window: int, wanted: int, tokens: int, expires: int) -> int:
        """Reserve up to `wanted` of the window's `tokens`; return how many, 0 if all are reserved.

        What is known of the window is of no use after `expires` (epoch s).
        """
        ...
