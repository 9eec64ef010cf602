"""Lists of a table in which nothing stands twice."""

from collections import Counter
from typing import TypeVar

from pydantic import AfterValidator

T = TypeVar("T")


def _each_once(listed: tuple[T, ...]) -> tuple[T, ...]:
    if twice := [str(each)[:60] for each, times in Counter(listed).items() if times > 1]:
        raise ValueError(f"{', '.join(twice)} is given twice. Leave one out, or correct it")
    return listed


Once = AfterValidator(_each_once)
"""Refuses what stands in a list twice: one of both was meant to be another."""
