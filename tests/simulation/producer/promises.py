"""What must hold when a process ends, and in the end, whatever happened."""

import base64
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from producer.metrics.meter import Figures
from producer.state.ack_journal import Acknowledged

if TYPE_CHECKING:
    from tests.simulation.producer.world import World

ROOM = 1.2
"""Messages of a spool for each that the client's queue takes: a batch that found no room comes on top."""


class Found:
    """What is on disk and in Kafka."""

    def __init__(self, world: "World") -> None:
        paths = world.paths
        self.kafka = Counter(value for log in world.cluster.logs.values() for value in log)
        self.spool: list[bytes] = []
        if paths.spool.exists():
            lines = paths.spool.read_bytes().splitlines()
            self.spool = [base64.b64decode(json.loads(line)["value"]) for line in lines]  # none is ever half written
        self.rejects = Counter[bytes]()
        if paths.rejects.exists():
            for line in paths.rejects.read_bytes().splitlines():
                if (text := _text(line)) is not None:
                    self.rejects[text] += 1
        self._reached: dict[int, int] = {}
        for note in paths.progress.glob("*.json"):
            fields: dict[str, Any] = json.loads(note.read_bytes())
            self._reached[int(note.stem)] = fields["offset"]
        self.forgotten = {text for text, line in world.lines.lines.items() if self._passed(line.file, line.end)}
        """Lines that their source will not give again."""

    def _passed(self, file: int, end: int) -> bool:
        return self._reached.get(file, 0) >= end

    def safe(self, text: bytes) -> bool:
        """Return whether a line is where nothing loses it."""
        return text in self.kafka or text in self.rejects or text in self.spool


def check_life(world: "World", figures: Figures | None, *, sound: bool) -> None:
    """Check what a process leaves that ended, or was killed if it has no figures; `sound`: its disk refused nothing."""
    found = Found(world)
    lines = world.lines
    lost = {text for text in world.kept if not found.safe(text)}
    assert not lost, f"it was safe, and is nowhere: {_some(lost)}"
    world.kept = {text for text in lines.lines if found.safe(text)}
    if lines.kind == "pipe":
        missing = {text for text in lines.taken if text in lines.lines and not found.safe(text)} - world.gone
        if figures and sound:
            assert not missing, f"taken from the pipe, and nowhere: {_some(missing)}"
        world.gone |= missing  # what no disk took, and what was read when the process was killed
    else:
        missing = {text for text in found.forgotten if not found.safe(text)}
        assert not missing, f"forgotten by its source, and nowhere: {_some(missing)}"
    few = len(found.spool) <= ROOM * world.scenario.queue + 1
    # What Kafka or the client refuses leaves room for more until the main loop sees it, in its next turn.
    assert few or world.cluster.refused or world.fatal, f"{len(found.spool)} messages in the spool"
    if figures is None or not sound:
        world.again.update(set(found.spool))
        if lines.kind != "pipe":
            world.again.update(lines.taken - found.forgotten)
    elif not world.hung:
        accounted = figures.acked + figures.errors + figures.queue + figures.spooled
        assert figures.produced + figures.recovered == accounted, f"the figures do not add up: {figures}"
        assert figures.queue == 0, f"{figures.queue} messages are said to be lost"


def undone(world: "World") -> str:
    """Return what has not come to its end, in a few words; empty where all has."""
    found, lines = Found(world), world.lines
    if found.spool:
        return f"{len(found.spool)} messages are spooled"
    left = {text for text in lines.lines if not found.safe(text)} - world.gone
    if left:
        return f"lines are nowhere: {_some(left)}"
    if lines.kind != "pipe" and (left := lines.lines.keys() - found.forgotten):
        return f"lines would be read again: {_some(left)}"
    return ""


def check(world: "World") -> None:
    """Everything arrived or was rejected for a reason, once unless it was in trouble, and in the order of its key."""
    found = Found(world)
    for text, line in world.lines.lines.items():
        copies = found.kafka[text]
        assert not (line.sound and text in found.rejects), f"a sound line was rejected: {text[:60]!r}"
        assert copies or text in found.rejects or text in world.gone, f"lost: {text[:60]!r}"
        most = 1 + world.again[text]
        assert copies <= most, f"{copies} copies, {most - 1} of them explained: {text[:60]!r}"
        rejected = found.rejects[text]  # what a disk took and then said an error of is written once more
        assert rejected <= most + world.disk.failures, f"rejected {rejected} times: {text[:60]!r}"
    for where, log in world.cluster.logs.items():
        if where in world.cluster.refused:
            continue
        by_key: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
        for text in dict.fromkeys(log):
            line = world.lines.lines[text]
            if text in world.gone or text in world.overtaken:  # or it came in when its process was long gone
                continue
            by_key[line.file, line.key].append(line.number)
        for key, numbers in by_key.items():
            assert numbers == sorted(numbers), f"out of order: {key}, {numbers}"
    if world.paths.journal.exists():
        for each in map(_acknowledged, world.paths.journal.read_bytes().splitlines(keepends=True)):
            if each is not None:
                log = _log(world, each)
                assert 0 <= each.offset < len(log), f"the journal says what is not so: {each}"
                assert f'"event_id":"{each.event_id}"'.encode() in log[each.offset], f"the journal is wrong: {each}"


def _log(world: "World", each: Acknowledged) -> list[bytes]:
    return world.cluster.logs[each.topic, each.partition]


def _acknowledged(line: bytes) -> Acknowledged | None:
    """Return a line of the journal; None for a part of one that a killed process left."""
    try:
        return Acknowledged.of(line.decode())
    except ValueError:
        return None


def _text(line: bytes) -> bytes | None:
    """Return the content of a reject; None for a part of a line that a killed process left."""
    try:
        fields: dict[str, str] = json.loads(line)
    except ValueError:
        return None
    return fields["text"].encode() if "text" in fields else base64.b64decode(fields["base64"])


def _some(texts: set[bytes]) -> str:
    return f"{len(texts)}, as {min(texts)[:60]!r}"
