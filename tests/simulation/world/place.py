"""What names a record in a simulated world for good."""

from collections.abc import Callable

from comboio.contract.record import Record

Place = tuple[str, int]
"""Its partition as the world names it, and its offset. A partition of a topic that was made again has a `'` more."""

PlaceOf = Callable[[Record], Place]
