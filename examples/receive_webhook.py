"""Receive a webhook's calls: `python receive_webhook.py PORT`, with the expected Authorization header in AUTHORIZATION.

What an answer means to Comboio: 2xx, all messages of this call are taken; 400, 413 and 422, these messages can never be
taken (they become dead letters); 429 and 503, slow down (no attempt is used up, and Retry-After says for how long);
everything else, try again.

Copy comboio/contract/unpack.py beside this file to run it where Comboio is not installed.
"""

import hmac
import os
import sys
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from comboio.contract.unpack import Message, UnreadableError, read

Handle = Callable[[Sequence[Message]], None]
"""What to do with the messages of a call, all or none; raises BusyError to be called later."""

MOST_BYTES = 10 * 1024 * 1024
"""The largest body that a webhook can be configured to send (`max_kib`)."""


class BusyError(Exception):
    """Not now: `retry_after_s` says when."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"busy for {retry_after_s} s")
        self.retry_after_s = retry_after_s


def show(messages: Sequence[Message]) -> None:
    """Print the ids and codes of the messages: replace this with what you do, in one transaction."""
    for message in messages:
        sys.stdout.write(f"{message.id} {message.message.get('codigo')}\n")


def server(port: int, authorization: str, handle: Handle = show) -> ThreadingHTTPServer:
    """Return a server on loopback that hands each call's messages to `handle`, without those that it had before.

    Ids are remembered in memory here. To remember them across processes, put them into your database, in the
    transaction that has the messages' effect.
    """
    done: set[str | None] = set()

    class Receiver(BaseHTTPRequestHandler):
        """One call."""

        protocol_version = "HTTP/1.1"  # keeps connections, so that a call does not cost a handshake

        def do_POST(self) -> None:
            """Read the call whole, then answer: a key's next call begins when this one is answered."""
            length = int(self.headers.get("Content-Length", "0"))
            if length > MOST_BYTES:
                self.close_connection = True  # its body is not read
                return self._answer(413)
            body = self.rfile.read(length)
            if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), authorization.encode()):
                return self._answer(401)
            try:
                messages = [message for message in read(body) if message.id not in done]
                handle(messages)
            except UnreadableError:
                return self._answer(400)
            except BusyError as busy:
                return self._answer(503, {"Retry-After": str(busy.retry_after_s)})
            except Exception as error:
                sys.stderr.write(f"{type(error).__name__}\n")
                return self._answer(500)
            done.update(message.id for message in messages if message.id is not None)
            return self._answer(204)

        def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing for each call."""

    return ThreadingHTTPServer(("127.0.0.1", port), Receiver)


if __name__ == "__main__":
    if len(sys.argv) != 2 or "AUTHORIZATION" not in os.environ:
        sys.exit("Name a port, and the header to expect: AUTHORIZATION='Bearer secret' python receive_webhook.py 8080")
    server(int(sys.argv[1]), os.environ["AUTHORIZATION"]).serve_forever()
