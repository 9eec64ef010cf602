"""Loopback ports: a free one, or the one that was asked for."""

import socket

from local.errors import LocalError

LOOPBACK = "127.0.0.1"


def free() -> int:
    """A port that nobody listens on now. Whoever binds it next owns it: start the server soon."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def asked_or_free(asked: int | None, variable: str) -> int:
    """The asked port if nobody has it, any free one if none was asked.

    Args:
        asked: the port, or None for any.
        variable: the environment variable that asks, for the message.

    Raises:
        LocalError: the asked port is taken.
    """
    if asked is None:
        return free()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are only dying is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, asked))
        except OSError as error:
            raise LocalError(
                f"{variable}={asked}: port {asked} of {LOOPBACK} cannot be used ({error.strerror}). Stop what "
                f"listens there, choose another port, or leave {variable} unset for any free one."
            ) from None
    return asked


def answers(port: int) -> bool:
    """True when something accepts connections there."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=0.5).close()
    except OSError:
        return False
    return True
