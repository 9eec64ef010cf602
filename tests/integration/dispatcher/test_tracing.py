"""Trace segments over a real socket."""

import json
import socket

from dispatcher.observe.tracing import phases

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0"


def test_the_daemon_gets_a_datagram() -> None:
    """Each phase is one datagram for the daemon; one that is not there is nobody's trouble."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        environ = {"AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}", "_X_AMZN_TRACE_ID": TRACE}
        phase = phases(environ)
        with phase("settle"):
            pass
        assert json.loads(daemon.recv(65_536).partition(b"\n")[2])["name"] == "settle"
    for _ in range(3):
        with phase("settle"):
            pass
