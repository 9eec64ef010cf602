"""What a run made, on disk before it is made: so that what a run leaves, however it ended, is found and removed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from local.errors import LocalError

TAG = "comboio-check"
"""The tag of everything that can have tags; its value is the run."""


class Thing(NamedTuple):
    """Something that a run made, or was about to make."""

    kind: str
    """`stack`, `kept` (by the stack, when it is deleted), `bucket`, `parameter`, `topic` or `group`."""
    name: str
    detail: str = ""
    """Of what is kept: its type in CloudFormation."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class CheckRun(NamedTuple):
    """Whose a list is."""

    name: str
    """Begins the name of whatever is made."""
    id: str
    """The tag's value."""
    account: str
    cluster: str
    """Its region is where all is made."""


class Made:
    """The list, in a file: a line each; the first says whose it is."""

    def __init__(self, path: Path, run: CheckRun) -> None:
        self._path = path
        self.run = run

    @classmethod
    def begin(cls, path: Path, run: CheckRun) -> Self:
        """Begin a list.

        Raises:
            LocalError: an earlier run's list is still there.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            raise LocalError(
                f"What an earlier run made was not removed, or a run is under way: {path} lists it. Remove it by the "
                "same command with REMOVE=true."
            ) from None
        made = cls(path, run)
        made._add(run._asdict())
        return made

    @classmethod
    def left(cls, path: Path, account: str, cluster: str) -> Self:
        """Return the list that an earlier run left.

        Raises:
            LocalError: there is none, or it is of another account or cluster: what is in another region would be taken
                for gone.
        """
        if not path.exists():
            raise LocalError(f"There is nothing to remove: no earlier run of that name left a list at {path}.")
        try:
            run = CheckRun(**json.loads(path.read_text(encoding="utf-8").partition("\n")[0]))
        except (ValueError, TypeError):
            raise LocalError(
                f"{path} does not say whose it is: nothing was made before that was written. Delete the file."
            ) from None
        if (run.account, run.cluster) != (account, cluster):
            raise LocalError(
                f"{path} is of the account {run.account} and the cluster {run.cluster}. Nothing was removed. Give "
                "these as ACCOUNT and MSK_CLUSTER_ARN."
            )
        return cls(path, run)

    def about_to_make(self, kind: str, name: str, detail: str = "") -> None:
        """Add something, before it is made.

        Raises:
            LocalError: its name does not begin with the run's.
        """
        thing = Thing(kind, name, detail)
        if not self.ours(thing):
            raise LocalError(f"{name} does not begin with {self.run.name}, so it is neither made nor removed here.")
        if thing not in list(self):
            self._add(thing)

    def _add(self, line: object) -> None:
        """Write a line to the disk itself; what a full disk cut off before it stays a line of its own."""
        cut = self._path.stat().st_size and not self._path.read_bytes().endswith(b"\n")
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" * bool(cut) + json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def ours(self, thing: Thing) -> bool:
        """Return whether a name is one of this run's."""
        last = thing.name.rpartition("/")[2]  # of a queue's URL, or a parameter's path
        return last == self.run.name or last.startswith(f"{self.run.name}-")

    def __iter__(self) -> Iterator[Thing]:
        """Yield what was made, the last first; of what could not be listed in whole, nothing was made."""
        for line in reversed(self._path.read_text(encoding="utf-8").splitlines()[1:]):
            try:
                yield Thing(*json.loads(line))
            except (ValueError, TypeError):
                continue

    def end(self) -> None:
        """Forget the list: all of it is gone."""
        self._path.unlink()
