"""CONSUMER_CLIENT_OPTIONS: more options of the Kafka client, and which of them the consumer sets itself."""

import re

from comboio.settings import ExplainedError

OWN_OPTIONS = frozenset(
    {
        "bootstrap.servers",
        "metadata.broker.list",
        "group.id",
        "group.protocol",
        "group.remote.assignor",
        "enable.auto.commit",
        "auto.commit.enable",
        "auto.commit.interval.ms",
        "enable.auto.offset.store",
        "enable.partition.eof",
        "offset.store.method",
        "offset.store.path",
        "offset.store.sync.interval.ms",
        "auto.offset.reset",
        "partition.assignment.strategy",
        "session.timeout.ms",
        "heartbeat.interval.ms",
        "max.poll.interval.ms",
        "statistics.interval.ms",
        "oauth_cb",
    }
)
"""What cannot be set: the consumer's correctness depends on it, or the consumer derives it from an option of its own,
so that it would have no effect."""

_CALLBACK = re.compile(r".*_cb|on_commit|logger")
"""Names of the client's Python interface that take a function."""

ENTRY = re.compile(r'\s*(?:([^=,"\n]+)=[^\S\n]*("[^"\n]*"|[^",\n]*)[^\S\n]*)?(?:,|\n|$)')
"""One name=value, or nothing, and what ends it."""


def read_client_options(text: str) -> dict[str, str]:
    """Read name=value entries, separated by commas or line ends; a value with a comma is in double quotes.

    Raises:
        ExplainedError: an entry is not name=value, or names what cannot be set. No part of a value is in the message.
    """
    found: dict[str, str] = {}
    place = number = 0
    while place < len(text):
        number += 1
        entry = ENTRY.match(text, place)
        if entry is None:
            raise ExplainedError(
                f"entry {number} is not name=value; a value with a comma is written in double quotes: "
                'name="one,two". The value is not shown'
            )
        place = entry.end()
        name, value = (entry[1] or "").strip(), (entry[2] or "").strip()
        if name in OWN_OPTIONS or _CALLBACK.fullmatch(name):
            raise ExplainedError(f"{name} cannot be set here: the consumer sets it")
        if name:
            found[name] = value[1:-1] if value.startswith('"') else value
    return found
