"""The trace context in the way that AWS services carry it themselves."""

import re

_WELL_FORMED = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{8})([0-9a-f]{24})-([0-9a-f]{16})-([0-9a-f]{2})")


def well_formed(traceparent: str) -> bool:
    """Whether it is a `traceparent` as W3C "Trace Context" has it; what is not is dropped, as that asks for."""
    return _WELL_FORMED.fullmatch(traceparent) is not None


def xray_header(traceparent: str | None) -> str | None:
    """A W3C `traceparent` as X-Ray's trace header (X-Ray, "Tracing header"); None if there is none that is right."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None or not int(found[1] + found[2], 16) or not int(found[3], 16):
        return None
    return f"Root=1-{found[1]}-{found[2]};Parent={found[3]};Sampled={int(found[4], 16) & 1}"
