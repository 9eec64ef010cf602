"""What is asked of a schema registry: the text of a schema, once for each id."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Generic, NamedTuple, Protocol, TypeVar

from comboio.contract.message import MalformedMessageError
from comboio.errors import ServiceError

T = TypeVar("T")

MOST_SCHEMAS = 1_000
"""Schemas and unknown ids that are remembered: whoever may produce chooses the ids."""

UNKNOWN_S = 60.0
"""Seconds for which an id stays unknown, before the registry is asked again: a schema may be registered late."""

AWAY_S = 5.0
"""Seconds for which a registry that did not answer is not asked again: a batch has thousands of records."""

MOST_ASKED = 50
WITHIN_S = 10.0
"""Maximum of schemas that are asked for within so many seconds: a topic has few, and an id can be invented. For the
same seconds there is a maximum of time that the registry is waited for, however many schemas it takes to use it up."""


class RegistryUnavailableError(ServiceError):
    """The registry did not answer: the records wait, and are redelivered."""


class Registered(NamedTuple):
    """A schema as its registry has it."""

    text: str
    imports: Mapping[str, str] = MappingProxyType({})
    """The texts of the schemas that it refers to, and those that they do, by the names that they are imported by."""


class SchemaSource(Protocol):
    """A registry."""

    def schema(self, name: str, timeout_s: float) -> Registered | None:
        """Return a schema, with all that it takes, within `timeout_s`; None if the registry does not know it.

        Raises:
            RegistryUnavailableError: it did not answer.
        """
        ...


class Asked(NamedTuple):
    """A question to the registry."""

    at: float
    took_s: float


class Schemas(Generic[T]):
    """Remembers what `parse` makes of each schema, and which ids are unknown."""

    def __init__(
        self,
        source: SchemaSource,
        parse: Callable[[Registered], T],
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember nothing yet; within WITHIN_S the registry is waited for `timeout_s` in all."""
        self._source = source
        self._timeout_s = timeout_s
        self._parse = parse
        self._clock = clock
        self._known: OrderedDict[str, T] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._away_until = 0.0
        self._asked: deque[Asked] = deque(maxlen=MOST_ASKED)

    def get(self, name: str) -> T:
        """Return what was made of a schema.

        Raises:
            MalformedMessageError: the registry does not know the schema, or it cannot be parsed.
            RegistryUnavailableError: the registry did not answer, or with something that cannot be parsed here.
        """
        if name in self._known:
            self._known.move_to_end(name)
            return self._known[name]
        if self._clock() < self._unknown.get(name, 0.0):
            raise MalformedMessageError(f"payload: the registry has no schema {name}")
        registered = self._ask(name)
        if registered is None:
            self._unknown[name] = self._clock() + UNKNOWN_S
            if len(self._unknown) > MOST_SCHEMAS:
                self._unknown.popitem(last=False)
            raise MalformedMessageError(f"payload: the registry has no schema {name}")
        try:
            parsed = self._parse(registered)
        except RegistryUnavailableError:
            self._away_until = self._clock() + AWAY_S
            raise
        except Exception as error:
            raise MalformedMessageError(
                f"payload: the registry's schema {name} cannot be parsed ({type(error).__name__})"
            ) from None
        self._known[name] = parsed
        if len(self._known) > MOST_SCHEMAS:
            self._known.popitem(last=False)
        return parsed

    def _ask(self, name: str) -> Registered | None:
        """Ask the registry, but not while it is away, nor for one invented id after the other."""
        now = self._clock()
        if now < self._away_until:
            raise RegistryUnavailableError("The schema registry did not answer a moment ago; it is asked again soon.")
        while self._asked and now - self._asked[0].at >= WITHIN_S:
            self._asked.popleft()
        if len(self._asked) == MOST_ASKED:
            raise RegistryUnavailableError(
                f"{MOST_ASKED} schemas were asked for within {WITHIN_S:.0f} s. Check who writes with so many."
            )
        left_s = self._timeout_s - sum(asked.took_s for asked in self._asked)
        if left_s <= 0:
            raise RegistryUnavailableError(
                f"The schema registry took {self._timeout_s:.1f} s of the last {WITHIN_S:.0f} s to answer, which is "
                "all that an invocation waits for it. Check its health, or raise `registry_timeout_s`."
            )
        try:
            return self._source.schema(name, left_s)
        except RegistryUnavailableError:
            self._away_until = self._clock() + AWAY_S
            raise
        finally:
            self._asked.append(Asked(now, self._clock() - now))
