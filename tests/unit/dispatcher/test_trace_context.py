"""Trace contexts on their way into AWS."""

import pytest

from dispatcher.trace_context import well_formed, xray_header


@pytest.mark.parametrize(("flags", "sampled"), [("00", 0), ("01", 1), ("02", 0), ("ff", 1)])
def test_a_traceparent_is_xrays(flags: str, sampled: int) -> None:
    """Trace, parent and the sampling decision go over."""
    assert xray_header(f"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}") == (
        f"Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled={sampled}"
    )


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "00-abc-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","x":"',
    ],
)
def test_what_is_no_traceparent_is_left_out(traceparent: str | None) -> None:
    """A header that the service would refuse is not sent."""
    assert xray_header(traceparent) is None
    assert not well_formed(traceparent or "")


def test_later_versions_travel_on() -> None:
    """A context of a version to come is carried as it is, though X-Ray gets none of it."""
    later = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert well_formed(later) and xray_header(later) is None
