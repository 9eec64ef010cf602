"""Ports are on loopback, free or the requested one."""

import socket

import pytest

from local import port as ports
from local.errors import LocalError


def test_free_port_can_be_bound() -> None:
    """A free port is one that a server can take."""
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, ports.free()))


def test_asked_port_is_given_when_free() -> None:
    """Who asks for a port that nobody has gets that one."""
    asked = ports.free()
    assert ports.asked_or_free(asked, "LOCAL_AWS_PORT") == asked


def test_taken_port_is_one_clear_message() -> None:
    """A port in use is told with the variable that asked for it, and what to do."""
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(LocalError, match=f"LOCAL_AWS_PORT={taken}.*another port"):
            ports.asked_or_free(taken, "LOCAL_AWS_PORT")


def test_answers_only_where_somebody_listens() -> None:
    """A port answers while it is listened to, and not after."""
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert ports.answers(port)
    assert not ports.answers(port)
