"""Resolves the topic of a code's messages by the rules of the topics file."""

from collections.abc import Iterable, Sequence

from comboio.errors import InvalidDataError
from producer.topics.file import Rule, Strategy


class UnknownCodigoError(InvalidDataError):
    """The topics file does not list a code as known."""


class TopicResolver:
    """Resolves codes by one strategy, and remembers the results."""

    def __init__(self, strategy: Strategy, known: Sequence[range]) -> None:
        self._strategy = strategy
        self._known = known
        self._resolved: dict[int, str] = {}

    def resolve(self, codigo: int) -> str:
        """Return the topic of a code.

        Raises:
            UnknownCodigoError: the code is not known.
        """
        topic = self._resolved.get(codigo)
        if topic is None:
            if not _has(self._known, codigo):
                raise UnknownCodigoError(f"codigo {codigo} is not known: see `known` in the topics file")
            topic = self._resolved[codigo] = self.by_rules(codigo)
        return topic

    def resolve_all(self, codigos: Sequence[int]) -> list[str]:
        """Return the topic of each code.

        Raises:
            UnknownCodigoError: one of them is not known.
        """
        resolved = self._resolved
        try:
            return [resolved[codigo] for codigo in codigos]
        except KeyError:
            return [self.resolve(codigo) for codigo in codigos]

    def by_rules(self, codigo: int) -> str:
        """Return the topic by the rules alone, whether the code is known or not."""
        rules: Iterable[Rule] = self._strategy.rules
        return next((rule.topic for rule in rules if _has(rule.codes, codigo)), self._strategy.default)


def _has(codes: Sequence[range], codigo: int) -> bool:
    return any(codigo in one for one in codes)
