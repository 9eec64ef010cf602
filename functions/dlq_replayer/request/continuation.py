"""The request that continues where a run stopped for want of time. Pure."""

from typing import Any

from dlq_replayer.request.request import Continuation, Request


def follow_up(request: Request, so_far: Continuation, budget: int | None, self_invoke: int) -> dict[str, Any]:
    """Return the whole next request, as JSON's own types; `budget` is how many letters it may still take."""
    following = request.model_copy(
        update={"max_messages": budget, "continues": so_far, "self_invoke": self_invoke},
    )
    return following.model_dump(mode="json", exclude_defaults=True)
