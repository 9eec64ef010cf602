"""A destination as a routing table names it."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from comboio.routing.variables import VariableError, resolve


class DestinationSpec(BaseModel):
    """A destination as the table names it; its type decides which options it takes besides."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str
    target: str = ""
    max_per_s: float | None = Field(
        default=None,
        strict=True,
        ge=0.001,
        le=1_000_000,
        allow_inf_nan=False,
        description="Maximum messages a second for all execution environments together; no maximum unless given.",
    )

    pick: tuple[str, ...] = Field(default=(), description="Fields of the payload that are sent, and no others; paths.")
    drop: tuple[str, ...] = Field(default=(), description="Fields of the payload that are left out; paths.")
    mask: tuple[str, ...] = Field(
        default=(), description="Fields whose values are replaced by a keyed hash: equal values stay equal; paths."
    )
    mask_key: str = Field(default="", description="The secret key of `mask`, best as a variable: `$ROUTE_MASK_KEY`.")
    rename: dict[str, str] = Field(
        default_factory=dict, description='Fields that get another place: `{ old = "new" }`; paths.'
    )
    envelope: Literal["none", "cloudevents"] = Field(
        default="none", description="`cloudevents` sends each message as a CloudEvent (JSON, version 1.0)."
    )

    _variables: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _check_use(self) -> Self:
        if self.mask_key and not self.mask:
            raise ValueError("mask_key: it has no effect without `mask`. Leave it out, or name the fields to mask")
        return self

    @property
    def shaped(self) -> bool:
        """Return whether payloads are changed on their way to it."""
        return bool(self.pick or self.drop or self.mask or self.rename) or self.envelope != "none"

    @property
    def options(self) -> dict[str, object]:
        """Return the options that only its type knows."""
        return dict(self.model_extra or {})

    def resolved(self, environ: Mapping[str, str]) -> "DestinationSpec":
        """Return it with the values of the variables that its target and options name.

        Raises:
            VariableError: see `resolve`; the text begins with the option's name.
        """
        named = {
            key: value
            for key, value in {"target": self.target, "mask_key": self.mask_key, **self.options}.items()
            if isinstance(value, str) and value.startswith("$")
        }
        if not named:
            return self
        values: dict[str, str] = {}
        for key, reference in named.items():
            try:
                values[key] = resolve(reference, environ)
            except VariableError as error:
                raise VariableError(f"{key}: {error}") from None
        found = DestinationSpec.model_validate({**self.model_dump(), **values})
        found._variables.update(named)
        return found

    def shown(self, option: str = "target") -> str:
        """Return an option as an error may show it: by its variable where it comes from one, as that may be secret."""
        if option in self._variables:
            return self._variables[option]
        return repr(self.target if option == "target" else self.options.get(option))  # `mask_key` is never shown
