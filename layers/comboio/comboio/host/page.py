"""What an endpoint answers."""

from typing import NamedTuple


class Page(NamedTuple):
    """One answer to GET."""

    content_type: str
    body: bytes
    status: int = 200
