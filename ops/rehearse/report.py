"""Says where the samples went, topic by topic, and writes down what each destination got."""

import base64
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comboio.contract.unpack import Message
from ops.rehearse.rehearsal import Found, Place
from ops.rehearse.samples import SampleMessage

_ID = re.compile(r"[^/]*/(.+)-0:(\d+)@-?\d+")
"""A record's id: cluster, topic, partition, offset and timestamp."""

_DISCARDED = "nowhere: the table discards it"


class RehearsalReport:
    """What became of the samples."""

    def __init__(self, samples: Mapping[str, Sequence[SampleMessage]], found: Found) -> None:
        self._found = found
        places = [(topic, offset) for topic, sent in samples.items() for offset in range(len(sent))]
        went: dict[Place, list[str]] = defaultdict(list)
        for name, messages in found.arrived.items():
            for place in map(_place, messages):
                went[place].append(name)
        self._fates = {place: self._fate(place, sorted(set(went[place]))) for place in places}

    def _fate(self, place: Place, destinations: Sequence[str]) -> str:
        if place in self._found.dead:
            letter = self._found.dead[place]
            return f"DLQ, {letter.reason}: {letter.error}"
        if place in self._found.waiting:
            return f"not done: {self._found.why or 'build/rehearsal/consumer.log may say why'}"
        return f"to {', '.join(destinations)}" if destinations else _DISCARDED

    @property
    def sound(self) -> bool:
        """Return whether each went where a route sends it."""
        return not self._found.dead and not self._found.waiting

    def verdict(self) -> str:
        """Return the result in a sentence."""
        if self.sound:
            return "Each message went where a route sends it."
        dead, waiting = len(self._found.dead), len(self._found.waiting)
        return (
            f"{dead} of {len(self._fates)} messages are dead letters, and {waiting} were not done. Correct the table, "
            'and try again; `make routes ARGS="explain ..."` says why a message takes its route.'
        )

    def rows(self) -> list[tuple[str, ...]]:
        """Return nothing: what it says is in `lines`, which no table breaks up."""
        return []

    def lines(self) -> list[str]:
        """Return what became of how many messages, topic by topic."""
        counted = Counter((topic, fate) for (topic, _), fate in self._fates.items())
        wide = max(len(topic) for topic, _ in counted)
        most = max(len(str(number)) for number in counted.values())
        return [f"{topic:{wide}}  {number:>{most}}  {fate}" for (topic, fate), number in counted.items()]

    def write(self, folder: Path) -> None:
        """Write what each destination got, a message a line."""
        for name, messages in self._found.arrived.items():
            lines = [
                json.dumps({"id": each.id, "message": _said(each.message)}, ensure_ascii=False) for each in messages
            ]
            (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _place(message: Message) -> Place:
    found = _ID.fullmatch(message.id or "")
    return (found[1], int(found[2])) if found else ("", -1)


def _said(message: Any) -> Any:
    """Return a message as JSON writes it; bytes are base64."""
    return base64.b64encode(message).decode() if isinstance(message, bytes) else message
