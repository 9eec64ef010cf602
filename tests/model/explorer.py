"""Every state that a small protocol can reach, breadth first, so that what breaks it is the shortest way there."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

S = TypeVar("S", bound=Hashable)


class Step(NamedTuple, Generic[S]):
    """Something that can happen."""

    name: str
    after: S
    fault: bool = False
    """Whether it is a fault: what must be possible in the end must be so without any further one."""


class BrokenProtocolError(AssertionError):
    """A state breaks a promise; the message has the way there."""


@dataclass(slots=True)
class Explored(Generic[S]):
    """What was found."""

    states: int = 0
    steps: int = 0
    depth: int = 0
    way: dict[S, tuple[S, str] | None] = field(default_factory=dict)
    """The state before each, and what happened then."""


def explore(
    start: S,
    steps: Callable[[S], Iterable[Step[S]]],
    broken: Callable[[S], str | None],
    ended: Callable[[S], bool],
) -> Explored[S]:
    """Visit every state that can be reached from `start`.

    Args:
        start: the first state.
        steps: what can happen in a state.
        broken: says which promise a state breaks.
        ended: whether all is done; from each state one such must be in reach without a further fault.

    Raises:
        BrokenProtocolError: with the shortest way to a state that breaks a promise.
    """
    found: Explored[S] = Explored(way={start: None})
    depth = {start: 0}
    before: dict[S, list[S]] = {}
    waiting, ends = deque([start]), list[S]()
    while waiting:
        state = waiting.popleft()
        if (promise := broken(state)) is not None:
            raise BrokenProtocolError(f"{promise}\n{_told(found, state)}")
        if ended(state):
            ends.append(state)
        for step in steps(state):
            found.steps += 1
            if not step.fault:
                before.setdefault(step.after, []).append(state)
            if step.after not in found.way:
                found.way[step.after] = state, step.name
                depth[step.after] = depth[state] + 1
                waiting.append(step.after)
    found.states, found.depth = len(found.way), max(depth.values())
    stuck = found.way.keys() - _in_reach(ends, before)
    if stuck:
        first = min(stuck, key=lambda state: depth[state])
        raise BrokenProtocolError(f"from here on not all can be done any more\n{_told(found, first)}")
    return found


def _in_reach(ends: Iterable[S], before: dict[S, list[S]]) -> set[S]:
    seen = set(ends)
    waiting = list(seen)
    while waiting:
        for state in before.get(waiting.pop(), ()):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return seen


def _told(found: Explored[S], state: S) -> str:
    return "\n".join(reversed([f"  {name}" for name in _names(found, state)])) + f"\n{state}"


def _names(found: Explored[S], state: S) -> Iterator[str]:
    while (step := found.way[state]) is not None:
        state, name = step
        yield name
