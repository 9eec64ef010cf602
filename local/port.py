"""Loopback ports: any free one, or a requested one."""

import socket

from local.errors import LocalError

LOOPBACK = "127.0.0.1"
"""The only address that the local stack listens on."""


def free() -> int:
    """Return a port that is free now. Start the server soon, before another process binds it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def asked_or_free(asked: int | None, variable: str) -> int:
    """Return the requested port, or any free one if there is no request.

    Args:
        asked: the requested port, or None.
        variable: the environment variable that requests it, for the message.

    Raises:
        LocalError: the requested port is in use.
    """
    if asked is None:
        return free()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, asked))
        except OSError as error:
            raise LocalError(
                f"{variable}={asked}: port {asked} of {LOOPBACK} is not available ({error.strerror}). Stop the "
                f"process that listens there, choose another port, or leave {variable} unset for any free one."
            ) from None
    return asked


def answers(port: int, address: str = LOOPBACK) -> bool:
    """Return whether something accepts connections on the port."""
    try:
        socket.create_connection((address, port), timeout=0.5).close()
    except OSError:
        return False
    return True
