"""The garbage collector's thresholds in a process that dispatches."""

import gc

_THRESHOLD = 250_000
"""More objects than a batch has: 10,000 records with two headers each are 150,000. They have no cycles and go with the
batch, so a collection would find nothing, and walk all their headers, which are lists of numbers. At 10,000 that took
a sixth of a batch's time, and at Python's own threshold more (docs/benchmarks.md). What does make cycles (an error with
its traceback) is collected after some batches."""


def spare_the_collector() -> None:
    """Exempt what is built from collections; allow later ones, rarer unless the process has set a threshold as high."""
    gc.freeze()
    gc.enable()
    if gc.get_threshold()[0] < _THRESHOLD:
        gc.set_threshold(_THRESHOLD, 10, 10)
