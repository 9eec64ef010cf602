"""The loopback server."""

import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from bench.dispatcher.latency import Constant
from bench.dispatcher.server import served, serving


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


def test_over_tls_it_shows_its_certificate_and_counts(tmp_path: Path) -> None:
    """Who trusts its authority is answered, nobody else is; it counts from one question to the next."""
    authority, shown = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(shown))
    trusting = ssl.create_default_context()
    with serving(Constant(0.0), certificate=shown, tallied=True) as server:
        headers = {"X-Amz-Target": "DynamoDB_20120810.PutItem"}
        request = urllib.request.Request(server.endpoint, b"{}", headers)  # noqa: S310 -- its own
        with pytest.raises(urllib.error.URLError, match="certificate"):
            urllib.request.urlopen(request, timeout=10, context=trusting)  # noqa: S310 -- its own
        authority.configure_trust(trusting)
        urllib.request.urlopen(request, timeout=10, context=trusting).close()  # noqa: S310 -- its own
        assert (server.counts().dynamodb_writes, server.counts().calls) == (1, 0)
