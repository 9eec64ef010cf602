"""How many events a function takes at a time, by its name."""

from consumer.invoke.emulator import names_emulator
from consumer.invoke.in_process import names_handler


def at_a_time(function: str) -> int | None:
    """Return how many events the emulators that are named take at a time, one each; None for any other function."""
    return len(function.split(",")) if names_emulator(function) else None


def has_one_environment(function: str) -> bool:
    """Return whether all invocations are of one environment, where Lambda would give each its own."""
    return names_handler(function) or at_a_time(function) == 1
