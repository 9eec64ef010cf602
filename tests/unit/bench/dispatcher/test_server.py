"""The loopback server."""

import socket
import urllib.request
from urllib.parse import urlsplit

import pytest

from bench.dispatcher.server import served


def test_it_answers_on_loopback_and_is_gone_afterwards() -> None:
    """It leaves nothing behind that listens."""
    with served(0.0) as endpoint:
        parts = urlsplit(endpoint)
        assert parts.hostname == "127.0.0.1"
        headers = {"X-Amz-Target": "DynamoDB_20120810.PutItem"}
        request = urllib.request.Request(endpoint, b"{}", headers)  # noqa: S310 -- http, and its own
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- http, and its own
            assert answer.read() == b"{}"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(parts.hostname), parts.port or 0), timeout=10).close()
