"""Fuzzes one target in a process of its own: Atheris feeds it inputs by the coverage of our code, until time is up.

`python -m tests.fuzz.one_target NAME [arguments of libFuzzer]`. The process ends with the first finding.
"""

import logging
import sys
import time
from collections.abc import Sequence
from random import Random

import atheris  # type: ignore[import-untyped]  # it is in .tools/fuzz, and only there

from tests.fuzz.known import target
from tests.fuzz.mutation import mutated
from tests.fuzz.target import BrokenPromiseError

OURS = ["comboio", "dispatcher", "dlq_replayer", "producer", "consumer", "tomllib", "json", "shlex"]
"""What is instrumented: our own packages, and readers in Python that they stand on."""

LONGEST_S = 1.0
"""Processor time that an input may take with instrumented code, again and again: a busy machine and a collection of
garbage count once. It is a hundred times what the slowest good one takes."""

BY_TOKENS = 0.7
"""The share of inputs that are changed by their tokens; the others are changed by libFuzzer, byte by byte."""


def main(name: str, arguments: Sequence[str]) -> None:
    """Fuzz; the process ends in it."""
    with atheris.instrument_imports(include=OURS):
        chosen = target(name)
    logging.disable()

    def took_s(data: bytes) -> float:
        began = time.thread_time()
        chosen.check(data)
        return time.thread_time() - began

    def check(data: bytes) -> None:
        if took_s(data) > LONGEST_S and (took := min(took_s(data), took_s(data))) > LONGEST_S:
            raise BrokenPromiseError(f"an input of {len(data)} bytes took {took:.1f} s of processor time")

    def change(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() > BY_TOKENS:
            found: bytes = atheris.Mutate(data, most)
            return found
        return mutated(data, random, chosen.words, min(most, chosen.most_bytes))

    atheris.Setup([sys.argv[0], *arguments], check, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
