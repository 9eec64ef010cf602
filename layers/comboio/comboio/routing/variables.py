"""Which environment variables a routing table may use.

A table can come from SSM or AppConfig, written by people who may not read the function's environment. What it names
ends up at a destination, so it may name only variables that were set for it, never a secret of the function itself
(Lambda puts the role's own keys into AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN).
"""

import re
from collections.abc import Mapping

PREFIX = "ROUTE_"
"""Variables with this prefix are meant for routing tables; no other may be named in one."""

REFERENCE = re.compile(rf"\$({PREFIX}[A-Z0-9_]+)")
_VARIABLE = re.compile(r"\$[A-Z][A-Z0-9_]*")
"""Any other text may be a secret that happens to begin with `$`, and is not quoted."""


class VariableError(ValueError):
    """A table names a variable that it may not use or that is not set; the text never has a value."""


def resolve(reference: str, environ: Mapping[str, str]) -> str:
    """Return the value of the variable that `reference` (`$ROUTE_NAME`) names.

    Raises:
        VariableError: a table may not use that variable, or it is not set.
    """
    found = REFERENCE.fullmatch(reference)
    if found is None:
        named = f"{reference} is" if _VARIABLE.fullmatch(reference) else "what begins with $ here is"
        raise VariableError(
            f"{named} no variable that a table may use. Those are in capitals and begin with {PREFIX}: rename the "
            "variable, or write the value itself."
        )
    value = environ.get(found[1], "")
    if not value:
        raise VariableError(f"the environment has no {found[1]}. Set it on the function, or write the value itself.")
    return value
