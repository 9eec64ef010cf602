"""What is fuzzed: a target takes any bytes, and holds what is promised of bad input."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

CANARY = "c4n4ry-0f-th3-c0nt3nt"
"""What stands for the content of a message, or for a secret: no text that people read may have it."""

MOST_BYTES = 8_192
"""Of an input: enough for each form that there is, and small enough for thousands of inputs a second."""


class BrokenPromiseError(AssertionError):
    """An input broke what is promised of its target."""


@dataclass(frozen=True, slots=True)
class Target:
    """One way in."""

    check: Callable[[bytes], None]
    """Gives it an input; raises where a promise is broken, whatever the error."""
    seeds: Sequence[bytes]
    """Good inputs, and such as were found and mended, which mutation begins with."""
    words: Sequence[bytes]
    """What mutation puts in place of a part of an input."""
    most_bytes: int = MOST_BYTES


@contextmanager
def only(*kinds: type[Exception], secret: str = CANARY) -> Iterator[None]:
    """Let the documented errors of a call pass, if they say something, and nothing of the content."""
    try:
        yield
    except kinds as error:
        texts = list(_texts(error))
        if not texts[0].strip():
            raise BrokenPromiseError(f"{type(error).__name__} says nothing") from None
        keep_secret(texts, secret)


def keep_secret(texts: Iterable[str], secret: str = CANARY) -> None:
    """Check that none of some texts has the content in it."""
    for text in texts:
        if (place := text.find(secret)) >= 0:
            raise BrokenPromiseError(
                f"a text for people has the content in it: {text[max(0, place - 200) : place + 99]}"
            )


def promised(holds: object, what: str) -> None:
    """Check that something holds."""
    if not holds:
        raise BrokenPromiseError(what)


def _texts(error: BaseException | None) -> Iterator[str]:
    """Return the texts of an error and of those before it, as a traceback shows them."""
    while error is not None:
        yield str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
