"""Keeps a process on one core, where the system allows it (Linux)."""

import os


def cores() -> list[int]:
    """Return the cores that this process may use; none where it cannot choose."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(core: int | None) -> bool:
    """Whether this process runs on `core` alone from now on."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {core})
    return True
