"""What every section of a routing table has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table section: unknown keys are refused, because a misspelt option would silently be its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")
