"""Leaves the group within a bounded time: the client itself waits for minutes where a commit is never answered."""

import logging
from collections.abc import Callable
from threading import Thread

LEAVE_S = 30.0
"""Seconds to leave the group: a broker that answers needs one, and the unit's stop has as many to spare."""


def leave(close: Callable[[], None], log: logging.Logger, within_s: float = LEAVE_S) -> None:
    """Close the client, and raise what that raises; if it takes longer, go on: the group learns by the session's end.

    The thread that closes is a daemon, so that it keeps no process.
    """
    problems: list[BaseException] = []

    def run() -> None:
        try:
            close()
        except BaseException as problem:
            problems.append(problem)

    thread = Thread(target=run, name="leave", daemon=True)
    thread.start()
    thread.join(within_s)
    if thread.is_alive():
        log.warning("no broker answered within %g s: the group learns late that this consumer has left", within_s)
    for problem in problems:
        raise problem
