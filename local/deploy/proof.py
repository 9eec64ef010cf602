"""What became of the messages of a run: read from the queues and the ledgers before the stack is deleted."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.aws.deployment import Deployment
from local.aws.queue import messages
from local.demo.proof.crash_window import journals, windows
from local.demo.proof.downstream import arrivals, letters, undone
from local.demo.proof.paths import Paths
from local.demo.proof.reconcile import Acked, Reconciliation, reconcile


class Proof:
    """Reads all of it once."""

    def __init__(self, acked: list[Acked], deployment: Deployment, paths: Paths) -> None:
        lines = journals(paths)
        killed = killed_invocations(lines)
        self.killed = len(killed)
        """Invocations that ended without an answer."""
        self.held = len(messages(deployment.aws, deployment.resource("HoldQueue")))
        """Messages in the hold queue."""
        self._acked = acked
        self._arrived = [arrival.event_id for arrival in arrivals(deployment)]
        self._letters = [(f"{letter.topic}-{letter.partition}", letter.offset) for letter in letters(deployment)]
        self.letters = len(self._letters)
        """Dead letters, copies among them."""
        self._undone = undone(deployment)
        self._windows = windows(lines, killed)

    def reconciled(self, first: int = 0, last: int | None = None) -> Reconciliation:
        """Compare the messages that were acknowledged from the `first` to before the `last` with what was read."""
        return reconcile(self._acked[first:last], self._arrived, self._letters, self._undone, self._windows)


def killed_invocations(lines_of: Iterable[Iterable[Mapping[str, Any]]]) -> set[str]:
    """Return the ids of invocations that ended with an error instead of an answer, from the consumers' journals."""
    return {line["id"] for lines in lines_of for line in lines if line.get("error")}
