"""What does not go with lines of a foreign contract."""

from collections.abc import Collection
from pathlib import Path

OWN = {
    "key_strategy": "a line is keyed by its entity",
    "faults": "a line goes as it is",
}
"""Options that know the fleet's own contract alone, and what holds for foreign lines instead."""


def check_foreign(routes_file: Path | None, topic: str, source: str, given: Collection[str]) -> None:
    """Check the options of foreign lines; `given` are the names of the options that were set.

    Raises:
        ValueError: they do not go together.
    """
    if bool(routes_file) != bool(topic):
        raise ValueError(
            "PRODUCER_ROUTES_FILE and PRODUCER_TOPIC go together: the table says how the topic's lines are read."
        )
    if routes_file is None:
        return
    if source == "synthetic":
        raise ValueError(
            "PRODUCER_ROUTES_FILE is for lines, and PRODUCER_SOURCE=synthetic makes readings of the fleet's own "
            "contract. Name a source of lines, or leave the file out."
        )
    for name, instead in OWN.items():
        if name in given:
            raise ValueError(
                f"PRODUCER_{name.upper()} does not go with PRODUCER_ROUTES_FILE: {instead}. Leave one of them out."
            )
