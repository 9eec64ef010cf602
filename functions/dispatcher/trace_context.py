"""Trace context: W3C's `traceparent`, and X-Ray's header, which AWS services pass on."""

import re
from typing import NamedTuple

_WELL_FORMED = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{8})([0-9a-f]{24})-([0-9a-f]{16})-([0-9a-f]{2})")
ROOT = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")


def well_formed(traceparent: str) -> bool:
    """Return whether it is a valid `traceparent` (W3C "Trace Context", which asks to drop any other)."""
    return _WELL_FORMED.fullmatch(traceparent) is not None


def xray_header(traceparent: str | None) -> str | None:
    """Return a `traceparent` as X-Ray's trace header (X-Ray, "Tracing header"), or None if it is absent or invalid."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found is None or not int(found[1] + found[2], 16) or not int(found[3], 16):
        return None
    return f"Root=1-{found[1]}-{found[2]};Parent={found[3]};Sampled={int(found[4], 16) & 1}"


class XrayTrace(NamedTuple):
    """The trace that Lambda began in X-Ray for an invocation, in W3C's terms."""

    trace_id: str
    parent_id: str
    sampled: bool | None
    """None: nobody has decided yet."""


def xray_trace(header: str) -> XrayTrace | None:
    """Return what X-Ray's trace header says, or None if it names no trace."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    root, parent = ROOT.fullmatch(parts.get("Root", "")), parts.get("Parent", "")
    if root is None or not _SPAN_ID.fullmatch(parent):
        return None
    return XrayTrace(root[1] + root[2], parent, {"1": True, "0": False}.get(parts.get("Sampled", "")))
