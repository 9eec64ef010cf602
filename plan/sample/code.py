"""Reads a code as people write it in a profile or a table of counts."""

from comboio.message.content import Code
from comboio.message.fields import code_of


def written_code(text: str) -> Code:
    """Return the number that a text writes, or a text that begins with a letter.

    Raises:
        ValueError: it is neither.
    """
    code = code_of(text.strip())
    if code is None or (isinstance(code, str) and not code[0].isalpha()):
        raise ValueError(f"{text!r:.40} is not a code: a code is a whole number, or a text that begins with a letter")
    return code
