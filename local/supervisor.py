"""Runs a server that must not outlive its user: `python supervisor.py SCRATCH COMMAND...`.

The user holds this process's standard input open. When it closes, on a clean stop or because the user was killed, the
supervisor stops the server and deletes its scratch directory. Standard input works alike on Linux and macOS, without
polling and without process ids. Run it as a file, with any Python: it imports the standard library only.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading

GRACE_S = 2.0
"""Seconds a server has to stop. Short, because what it would tidy up is deleted with the scratch directory."""


def main(scratch: str, command: list[str]) -> int:
    """Run `command` in `scratch` until it ends or the user does; return its status.

    If the server ends by itself, `scratch` stays, so that the user can read the log.
    """
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=scratch)  # noqa: S603 - the user's own command
    released = threading.Event()
    threading.Thread(target=_stop_when_released, args=(server, released), daemon=True).start()
    status = server.wait()
    if released.is_set():
        shutil.rmtree(scratch, ignore_errors=True)
    return status


def _stop_when_released(server: "subprocess.Popen[bytes]", released: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    released.set()
    server.terminate()
    try:
        server.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The server stops when its user does, and not before. A handler, because the server would inherit SIG_IGN.
        signal.signal(ignored, lambda *_: None)
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
