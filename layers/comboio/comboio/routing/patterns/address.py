"""The address of a machine in a text."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address


@lru_cache(maxsize=1024)
def address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a text writes; None if it writes none. Many routes may ask for the same one."""
    try:
        return ip_address(text)
    except ValueError:
        return None
