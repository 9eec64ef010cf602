"""A table of which each destination is a queue on this machine; all else stands as it is written."""

from collections.abc import Mapping

import tomlkit

KEPT = ("pick", "drop", "mask", "mask_key", "rename", "envelope")
"""What a section says of the messages, and not of the service: it holds for whatever takes them."""


def with_queues(text: str, queues: Mapping[str, str]) -> str:
    """Return a right table with queues in the place of its destinations: their URLs, by the destinations' names."""
    table = tomlkit.parse(text).unwrap()
    for name, url in queues.items():
        section = table["destinations"][name]
        kept = {option: section[option] for option in KEPT if option in section}
        table["destinations"][name] = {**kept, "type": "sqs", "target": url}
    return tomlkit.dumps(table)
