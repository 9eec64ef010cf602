"""Cold starts of the built function."""

from pathlib import Path

import pytest

from bench.dispatcher import cold_start


def test_the_median_is_of_whole_starts() -> None:
    """Not the sum of two medians, which may be of different starts."""
    assert cold_start.medians([(1.0, 9.0), (5.0, 1.0), (9.0, 2.0)]) == (10.0, 5.0, 2.0)


def test_what_is_not_built_is_said(tmp_path: Path) -> None:
    """With the command that builds it."""
    with pytest.raises(cold_start.NotBuiltError, match="make build-local"):
        cold_start.start_ms("http://127.0.0.1:9", None, 1, built=(tmp_path / "function", tmp_path / "layer"))
