"""Text of others as a terminal may show it: a message's key or value may hold what a terminal obeys."""


def safe(text: str) -> str:
    """Return the text with what does not print as itself written out: escapes, bells, marks of direction.

    Line breaks stay, since a value of several lines is easier to read so.
    """
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode("ascii") for each in text
    )
