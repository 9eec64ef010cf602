"""Which batches have a trace: as the sampler says, and never more than so many a second."""

from math import inf

from comboio.otlp.settings import SamplerName

SHORTEST_S = 0.1
"""Least time between two traces of a kind: at most ten a second, however small the batches are. A trace has up to about
70 spans, so an execution environment never sends more than some 1,400 a second, whatever others call sampled."""


class Sampling:
    """Decides for each batch. Batches with a message that is followed and others have a bound of their own each."""

    def __init__(self, name: SamplerName, ratio: float) -> None:
        self._by_parent = name.startswith("parentbased_")
        root = name.removeprefix("parentbased_")
        self._below = int({"always_on": 1.0, "always_off": 0.0}.get(root, ratio) * (1 << 56))
        self._last = {True: -inf, False: -inf}

    def wants(self, trace_id: str, parent: bool | None, now: float, *, followed: bool) -> bool:  # noqa: FBT001 - of three
        """Return whether a batch has a trace, at `now` (monotonic s).

        `parent` is what its parent says, if it has one; `followed`, whether one of its messages is sampled.
        """
        if self._by_parent and followed:
            wanted = True
        elif self._by_parent and parent is not None:
            wanted = parent
        else:
            wanted = int(trace_id[-14:], 16) < self._below  # W3C, level 2: these 56 bits are random
        kind = self._by_parent and followed
        if not wanted or now - self._last[kind] < SHORTEST_S:
            return False
        self._last[kind] = now
        return True
