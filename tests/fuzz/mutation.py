"""Changes an input by its tokens: JSON, TOML, YAML and lines of NAME=value all have texts, numbers, names and signs.

A change of bytes, as fuzzers make it, seldom leaves a text that is read to its end; a change of a token often does.
"""

import re
from collections.abc import Sequence
from random import Random

TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[A-Za-z0-9_.+\-]+|\s+|.', re.DOTALL)

JUNK = (
    b"null", b"true", b"-1", b"0", b"1.5", b"1e400", b"9223372036854775808", b"9" * 400, b"9" * 5_000, b'""',
    b'"x"', b"[]", b"{}",
    b"[[]]", b'[{}]', b'"\\ud800"', b'"\\u0000"', b'"\xc3\xa9"', b"\xff", b"\x00", b"NaN", b"Infinity",
    b"[" * 2_000,
    b'{"a":' * 1_200, b"\n", b"=", b'"', b"$", b"'", b"#", b"\xe2\x80\xa8", b"1979-05-27T07:32:00Z", b'"a"="b"',
)  # fmt: skip
"""What readers trip over: limits of numbers and depths, text that is none, and the signs of the formats."""

MOST_CHANGES = 4


def mutated(data: bytes, random: Random, words: Sequence[bytes], most: int) -> bytes:
    """Return an input with a few changes, of at most so many bytes."""
    for _ in range(random.randint(1, MOST_CHANGES)):
        data = _changed(data, random, words)
    return data[:most]


def _changed(data: bytes, random: Random, words: Sequence[bytes]) -> bytes:
    tokens = TOKEN.findall(data) or [b""]
    place = random.randrange(len(tokens))
    length = min(random.choice((1, 1, 1, 2, 5, 12)), len(tokens) - place)
    some = tokens[place : place + length]
    match random.randrange(10):
        case 0 | 1:
            tokens[place : place + 1] = [random.choice(JUNK)]
        case 2 | 3:
            tokens[place : place + 1] = [random.choice(words or JUNK)]
        case 4:
            tokens[place : place + 1] = [random.choice(tokens)]
        case 5:
            del tokens[place : place + length]
        case 6:
            there = random.randrange(len(tokens) + 1)
            tokens[there:there] = some
        case 7 | 8:
            start, end = _group(tokens, random)
            tokens[start:end] = [random.choice((*JUNK, b"[1]", b'{"a":1}', *words))]
        case _:
            return _bytes_changed(data, random)
    return b"".join(tokens)


def _group(tokens: Sequence[bytes], random: Random) -> tuple[int, int]:
    """Return the places of some brackets and of what is between them; of any token where there are none."""
    opened = [place for place, token in enumerate(tokens) if token in (b"{", b"[")]
    start = random.choice(opened) if opened else random.randrange(len(tokens))
    depth = 0
    for end in range(start, len(tokens)):
        depth += (tokens[end] in (b"{", b"[")) - (tokens[end] in (b"}", b"]"))
        if depth <= 0:
            return start, end + 1
    return start, len(tokens)


def _bytes_changed(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data) + 1)
    if random.random() < 0.3:
        return data[:place]
    return data[:place] + bytes([random.randrange(256)]) + data[place + random.randrange(2) :]
