"""Runs a server that must not outlive its user: `python supervisor.py SCRATCH COMMAND...`

The user holds this process's standard input open. When it ends, by a clean stop as by the user's violent death, the
server is told to stop, and its scratch directory goes. Standard input is the one tie that works alike on Linux
and macOS; it needs no polling and no process ids. Run as a file, by whatever Python: imports the standard library only.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading

# Nothing here is worth a longer wait: what the servers would tidy up goes with the scratch directory.
GRACE_S = 2.0


def main(scratch: str, command: list[str]) -> int:
    """Runs `command` in `scratch` till it ends or is let go; returns its status.

    A server that ends by itself leaves `scratch` to its user, who will want to read the log.
    """
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=scratch)  # noqa: S603 - the user's own command
    let_go = threading.Event()
    threading.Thread(target=_stop_when_let_go, args=(server, let_go), daemon=True).start()
    status = server.wait()
    if let_go.is_set():
        shutil.rmtree(scratch, ignore_errors=True)
    return status


def _stop_when_let_go(server: "subprocess.Popen[bytes]", let_go: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    let_go.set()
    server.terminate()
    try:
        server.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The server stops when its user lets go, and not before. A handler, for the server would inherit SIG_IGN.
        signal.signal(ignored, lambda *_: None)
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
