"""The request that goes on where a run stopped for time. Pure."""

from typing import Any

from dlq_replayer.request.request import Continues, Request


def continuation(request: Request, done: Continues, budget: int | None, self_invoke: int) -> dict[str, Any]:
    """A whole request, as JSON's own types: whoever sends it goes on; `budget` letters are left to take."""
    follow_up = request.model_copy(
        update={"max_messages": budget, "continues": done, "self_invoke": self_invoke},
    )
    return follow_up.model_dump(mode="json", exclude_defaults=True)
