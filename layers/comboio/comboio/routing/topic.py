"""A topic in a table."""

from comboio.contract.kafka_types import is_topic


def checked_topic(name: str) -> str:
    """Return the name of a topic.

    Raises:
        ValueError: no topic can have it, so that no message would ever be of it.
    """
    if not is_topic(name):
        raise ValueError(
            f"no topic can be called {name[:60]!r}. Write its whole name: letters, digits, dots, - and _, without "
            "wildcards; leave `topics` out for all"
        )
    return name
