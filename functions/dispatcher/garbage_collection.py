"""The garbage collector's thresholds in a process that dispatches."""

import gc

_THRESHOLD = 10_000
"""Allocations before a collection. A batch's records live long for the collector and have no cycles; at Python's own
threshold it walks them over and over, for 8 to 10% of a packed batch's time (docs/benchmarks.md)."""


def spare_the_collector() -> None:
    """Exempt what is built from collections; allow later ones, rarer unless the process has set a threshold as high."""
    gc.freeze()
    gc.enable()
    if gc.get_threshold()[0] < _THRESHOLD:
        gc.set_threshold(_THRESHOLD, 10, 10)
