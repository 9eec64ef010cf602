"""Trace context: W3C's `traceparent`, and X-Ray's header, which AWS services pass on."""

import re

WELL_FORMED = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
TRACEPARENT = re.compile(r"00-([0-9a-f]{8})([0-9a-f]{24})-([0-9a-f]{16})-([0-9a-f]{2})")


def well_formed(traceparent: str) -> bool:
    """Return whether it is a valid `traceparent` (W3C "Trace Context", which asks to drop any other)."""
    return WELL_FORMED.fullmatch(traceparent) is not None


def xray_header(traceparent: str | None) -> str | None:
    """Return a `traceparent` as X-Ray's trace header (X-Ray, "Tracing header"), or None if it is absent or invalid."""
    found = TRACEPARENT.fullmatch(traceparent or "")
    if found is None or not int(found[1] + found[2], 16) or not int(found[3], 16):
        return None
    return f"Root=1-{found[1]}-{found[2]};Parent={found[3]};Sampled={int(found[4], 16) & 1}"
