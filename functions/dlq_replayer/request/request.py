"""What the replayer can be asked to do, and what is wrong with a request."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from comboio.contract.dead_letter_schema import Reason
from comboio.errors import InvalidDataError
from comboio.message.content import Code
from comboio.message.fields import code_of

DLQ, PARKING, HOLD = "dlq", "parking", "hold"

_OF_HOLD: dict[str, tuple[str, ...]] = {
    "inspect": ("destination", "topic", "codigo"),
    "drain": ("destination",),
    "give_up": ("destination", "topic", "codigo", "since", "until"),
}
"""What can be done with the hold queue, and which filters that has."""


class RefusedError(InvalidDataError):
    """A request cannot be carried out. `faults` name the field, the error, what is allowed.

    Nothing was changed, unless `done` says what was: then a part of the request was carried out before the fault.
    """

    def __init__(self, faults: list[dict[str, str]], done: str = "") -> None:
        super().__init__("; ".join(f"{fault['field']}: {fault['error']}" for fault in faults))
        self.faults = faults
        self.done = done


def refused(field: str, error: str, allowed: str, done: str = "") -> RefusedError:
    """Return the error with one fault."""
    return RefusedError([{"field": field, "error": f"{error} {done}".rstrip(), "allowed": allowed}], done)


class StrictModel(BaseModel):
    """Refuses unknown fields: a misspelt filter would select everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _list(value: object) -> object:
    """Let one value stand for a list of one."""
    return value if isinstance(value, (list, tuple)) else (value,)


Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_list)]
Reasons = Annotated[tuple[Reason, ...], BeforeValidator(_list)]


def _code(value: object) -> Code:
    """Read a code as contracts with messages do: a text that writes a number is that number."""
    code = code_of(value)
    if code is None:
        raise ValueError("a code is a number or a text")
    return code


Codes = Annotated[tuple[Annotated[Code, PlainValidator(_code)], ...], BeforeValidator(_list)]
Numbers = Annotated[tuple[Annotated[int, Field(ge=0)], ...], BeforeValidator(_list)]


class Filter(StrictModel):
    """Selects the letters for which every given field holds; a list holds if one of its values does."""

    reason: Reasons = Field(default=(), description=f"Reasons of death: {', '.join(get_args(Reason))}.")
    codigo: Codes = Field(
        default=(), description="Codes of records: numbers such as 300, or texts such as VEHICLE_STOP."
    )
    topic: Texts = Field(default=(), description="Names of topics, whole.")
    partition: Numbers = Field(default=(), description="Numbers of partitions.")
    route: Texts = Field(default=(), description="Names of routes, whole.")
    key: Texts = Field(default=(), description="Kafka keys, as text.")
    event_id: Texts = Field(default=(), description="Values of the payload's event_id.")
    error: str = Field(default="", description="Text that the error contains, in upper or lower case.")
    replay_count: Numbers = Field(
        default=(), description="Numbers of earlier replays: 0 is a letter that was never replayed."
    )
    destination: Texts = Field(default=(), description="Names of destinations, whole; only with the source hold.")
    since: AwareDatetime | None = Field(
        default=None,
        description="Last failure (in hold: first failure) at or after this time, as 2026-11-22T15:00:00Z.",
    )
    until: AwareDatetime | None = Field(
        default=None, description="Last failure (in hold: first failure) before this time, as 2026-11-22T16:00:00Z."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since >= self.until:
            raise ValueError("since is not before until, so nothing can match")
        return self


class Continuation(StrictModel):
    """Where an earlier invocation of the same run stopped. An answer's `continuation` has it in `continues`."""

    run: str = Field(description="The run: the request id of its first invocation.")
    invocation: int = Field(ge=0, description="Invocations before this one.")
    started_at: int = Field(ge=0, description="When the run began (epoch ms); it leaves letters that came later.")
    after: str = Field(default="", description="The last S3 object that was read.")
    counts: dict[str, int] = Field(default_factory=dict, description="Counts so far.")
    failing_windows: int = Field(default=0, ge=0, description="Windows in a row of which the target took nothing.")


class Request(StrictModel):
    """One request: what to do, with which letters, and how."""

    action: Literal["inspect", "replay", "park", "purge", "drain", "give_up"] = Field(
        description="inspect, replay, park or purge (which needs `confirm`); of hold: inspect, drain or give_up."
    )
    source: str = Field(
        default=DLQ,
        pattern=r"^(dlq|parking|hold|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.*)$",
        description="dlq, parking, hold (what waits for a destination) or s3://bucket/prefix (batches that the mapping "
        "abandoned).",
    )
    filter: Filter = Field(default_factory=Filter, description="Which letters; all of them if left out.")
    target: Literal["dispatcher", "kafka"] = Field(
        default="dispatcher",
        description="dispatcher (past the ledger, by the current routes) or kafka (to the original topic).",
    )
    max_messages: int | None = Field(
        default=None, ge=1, description="Maximum number of letters, 1 or more; all if left out."
    )
    rate_per_s: float | None = Field(
        default=None, ge=0.1, le=100_000, description="Maximum letters a second, 0.1 or more; no limit if left out."
    )
    dry_run: bool = Field(default=False, description="Only count the letters that would be taken (true or false).")
    max_replays: int = Field(default=5, ge=1, le=1_000, description="Park a letter after this many replays, 1 to 1000.")
    order: Literal["key", "none"] = Field(
        default="key",
        description="key (oldest first for each key; a failed letter holds back later ones of its key) or none.",
    )
    samples: int = Field(default=5, ge=0, le=50, description="Letters that inspect shows as samples, 0 to 50.")
    bodies: bool = Field(default=False, description="Show key, value and headers of the samples too (true or false).")
    confirm: str = Field(
        default="", description="For purge: the `confirmation` of an inspect with the same source and filter."
    )
    self_invoke: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Maximum times that the function invokes itself to continue when its time ends, 0 to 100.",
    )
    requested_by: str = Field(
        default="", max_length=200, description="Name of who asks, for the audit log; at most 200 characters."
    )
    continues: Continuation | None = Field(default=None, description="Set only by an answer's `continuation`.")

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.action == "purge" and not self.confirm and not self.dry_run:
            raise ValueError(
                "purge needs `confirm`: inspect the same source with the same filter first, and give its confirmation"
            )
        if self.action == "park" and self.source == PARKING:
            raise ValueError("park takes letters of dlq or s3://bucket/prefix: those of parking are parked already")
        if self.source == HOLD:
            self._fit_hold()
        elif self.action in ("drain", "give_up"):
            raise ValueError(f"{self.action} needs the source hold")
        elif self.filter.destination:
            raise ValueError("the filter destination needs the source hold; dead letters are chosen by route")
        return self

    def _fit_hold(self) -> None:
        if self.action not in _OF_HOLD:
            raise ValueError(
                f"the source hold has the actions {', '.join(_OF_HOLD)}: what it holds is no dead letter yet"
            )
        possible = _OF_HOLD[self.action]
        if wrong := self.filter.model_fields_set - set(possible):
            raise ValueError(
                f"{self.action} of hold has the filters {', '.join(possible)}, not {', '.join(sorted(wrong))}"
            )
        if self.action != "inspect" and not self.filter.destination:
            raise ValueError(f"{self.action} needs the filter destination: the name of at least one")
        if self.max_messages is not None or self.rate_per_s is not None:
            raise ValueError(
                "the source hold has no max_messages and no rate_per_s: the drainer does the work, at its own rate"
            )


def read(event: Mapping[str, Any]) -> Request:
    """Read the request that an event makes.

    Raises:
        RefusedError: with every field that is wrong, and what is allowed.
    """
    try:
        return Request.model_validate(event)
    except ValidationError as error:
        raise RefusedError([_fault(problem) for problem in error.errors(include_url=False)]) from None


def _fault(problem: Any) -> dict[str, str]:
    place = [str(part) for part in problem["loc"]]
    fields, description = Request.model_fields, ""
    for part in place:
        if part in fields:
            description = fields[part].description or ""
            fields = (
                Filter.model_fields if part == "filter" else Continuation.model_fields if part == "continues" else {}
            )
    if problem["type"] == "extra_forbidden":
        inside = Filter if place[0] == "filter" else Continuation if place[0] == "continues" else Request
        description = ", ".join(inside.model_fields)
    if not place or not description:
        description = description or "See docs/how-to/replay.md."
    error = problem["msg"].removeprefix("Value error, ")
    return {"field": ".".join(place) or "request", "error": error, "allowed": description}
