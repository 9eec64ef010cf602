"""Has Lambda's runtime client parse events with the parser of pydantic-core (docs/adr/0043-parse-events.md)."""

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any

from pydantic_core import from_json

from comboio.contract.event_json import parse_event

CLIENT = "awslambdaric.lambda_runtime_client"
"""The client's module. It has imported the function, so it is there in Lambda, and nowhere else."""

JSON = "application/json"


class EventParser:
    """Takes the place of the client's marshaller, which parses events with simplejson, at a fraction of the speed."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def unmarshal_request(self, request: Any, content_type: str | None = JSON) -> Any:
        """Parse an event; what is no JSON is left to the client's own marshaller, and to its error."""
        if content_type == JSON:
            with suppress(ValueError, TypeError, RecursionError):
                return parse_event(request)
            with suppress(ValueError, TypeError):
                return from_json(request, cache_strings="keys")  # values are base64, and no two are the same
            with suppress(ValueError, TypeError, RecursionError):
                return json.loads(request)  # which also takes half a surrogate pair, or deeper nesting
        return self._given.unmarshal_request(request, content_type)

    def __getattr__(self, name: str) -> Any:
        """Leave everything else to the client's marshaller."""
        return getattr(self._given, name)


def parse_events_fast(modules: Mapping[str, ModuleType] = sys.modules) -> bool:
    """Replace the marshaller of the client in this process; return whether there is one as we know it.

    The client has its marshaller as an attribute of its class so that functions may do this. One that a layer has put
    there before is kept, and so is one that looks otherwise than expected.
    """
    client = getattr(modules.get(CLIENT), "LambdaRuntimeClient", None)
    marshaller = getattr(client, "marshaller", None)
    if client is None or type(marshaller).__name__ != "LambdaMarshaller":
        return False
    client.marshaller = EventParser(marshaller)
    return True
