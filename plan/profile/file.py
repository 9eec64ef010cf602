"""Reads a profile from its TOML file; a profile that makes no sense is one clear line."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from comboio.errors import ConfigurationError
from comboio.message.content import Code
from comboio.routing.codigo_range import parse_codigos
from plan.profile.from_sample import code_shares, measured
from plan.profile.profile import CodeShare, Destination, Guess, Kind, Order, Profile, TopicTraffic, Trucks
from plan.sample.code import written_code
from plan.sample.file import read_file
from plan.sample.sample import Sample, SampleError
from producer.source.pareto import pareto_weights
from producer.source.synthetic import ranked_codes

_SECONDS_A_MINUTE = 60
"""The file counts outages in minutes, for people."""


DEFAULTS = {Kind.SQS: (10, 32), Kind.SQS_FIFO: (10, 32), Kind.WEBHOOK: (1, 8), Kind.OTHER: (1, 8)}
"""Messages a call, and calls at a time, as the dispatcher has them where a table says nothing."""


class ProfileError(ConfigurationError):
    """The profile cannot be planned for; the text names the file, the place in it and the fault."""


def _as_range(entry: object) -> range | str:
    codes = parse_codigos(entry)
    return codes if isinstance(codes, str) else range(codes.low, codes.high + 1)


def _as_ranges(entries: object) -> object:
    if not isinstance(entries, list):
        raise ValueError('codes are a list of numbers, ranges and texts, such as [300, "340-349", "POSITION"]')
    return [_as_range(entry) for entry in entries]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, allow_inf_nan=False)


class _Traffic(_Part):
    rate: float = Field(gt=0, le=100_000_000)
    bytes: int = Field(ge=1, le=1_048_576)
    trucks: int = Field(ge=1, le=100_000_000)
    burst: float = Field(1.0, ge=1, le=1000)
    burst_seconds: float = Field(300, ge=1, le=86_400)
    growth: float = Field(1.5, ge=1, le=100)


class _Codes(_Part):
    count: int | None = Field(None, ge=1, le=1_000)
    top_fraction: float = Field(0.2, gt=0, lt=1)
    top_share: float = Field(0.8, gt=0, lt=1)
    shares: dict[Annotated[Code, BeforeValidator(written_code)], float] = {}
    sample: Path | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [self.count is not None, bool(self.shares), self.sample is not None]
        if sum(given) != 1:
            raise ValueError("give one of count (a Pareto), shares (code = share) and sample (a file of counts)")
        if any(share <= 0 for share in self.shares.values()):
            raise ValueError("a share is above 0; leave a code without traffic out")
        if self.shares and not 1 - 0.001 <= sum(self.shares.values()) <= 1 + 0.001:
            raise ValueError(f"the shares sum to {sum(self.shares.values()):g}, not to 1")
        return self


class _Topic(_Part):
    name: str = Field(min_length=1, max_length=249, pattern=r"^[A-Za-z0-9._-]+$")
    codes: Annotated[tuple[range | str, ...], BeforeValidator(_as_ranges)] | None = None

    def takes(self, code: Code) -> bool:
        return self.codes is None or any(code == each if isinstance(each, str) else code in each for each in self.codes)


class _Destination(_Part):
    name: str = Field(min_length=1)
    kind: Kind = Kind.SQS
    share: float = Field(1.0, gt=0, le=1)
    latency_ms: float = Field(5.0, gt=0, le=900_000)
    max_per_s: float | None = Field(None, gt=0)
    batch: int | None = Field(None, ge=1, le=10_000)
    concurrency: int | None = Field(None, ge=1, le=64)

    def destination(self) -> Destination:
        batch, concurrency = DEFAULTS[self.kind]
        return Destination(
            self.name,
            self.kind,
            self.share,
            self.latency_ms,
            self.max_per_s,
            self.batch or batch,
            self.concurrency or concurrency,
        )


class _Needs(_Part):
    order: Order = Order.TRUCK_AND_CODE
    latency_s: float = Field(3.0, gt=0, le=86_400)
    retention_hours: float = Field(48, gt=0, le=8_760)
    outage_minutes: float = Field(60, ge=0, le=43_200)
    catch_up_minutes: float = Field(60, gt=0, le=43_200)
    packed: bool = True
    event_idempotency: float = Field(0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _outage_is_kept(self) -> Self:
        if self.outage_minutes > self.retention_hours * _SECONDS_A_MINUTE:
            raise ValueError(
                f"an outage of {self.outage_minutes:g} minutes outlasts retention_hours = {self.retention_hours:g}: "
                "Kafka would delete what was not read"
            )
        return self


class _Guess(_Part):
    partitions: int = Field(ge=1, le=100_000)
    per_partition: float = Field(gt=0)


class ProfileFile(_Part):
    """The profile as people write it."""

    name: str = Field(min_length=1, max_length=80)
    """What people call it."""
    traffic: _Traffic
    """How much is sent."""
    codes: _Codes
    """Who sends it."""
    topics: tuple[_Topic, ...] = Field(min_length=1, max_length=100)
    """Domains: the first topic that has a code takes it; one without `codes` takes the rest."""
    needs: _Needs = Field(default_factory=lambda: _Needs.model_validate({}))
    """What must hold."""
    destinations: tuple[_Destination, ...] = Field(min_length=1)
    """Where it goes."""
    guess: _Guess | None = None
    """Numbers that somebody named: the plan says whether they hold."""

    def profile(self, shares: Sequence[CodeShare]) -> Profile:
        """Return the profile that the plan follows from.

        Raises:
            ValueError: a code belongs to no topic, or a topic gets nothing.
        """
        return Profile(
            name=self.name,
            rate=self.traffic.rate,
            payload_bytes=self.traffic.bytes,
            trucks=Trucks(self.traffic.trucks),
            topics=self._topics(shares),
            order=self.needs.order,
            burst=self.traffic.burst,
            burst_s=self.traffic.burst_seconds,
            outage_s=self.needs.outage_minutes * _SECONDS_A_MINUTE,
            catch_up_s=self.needs.catch_up_minutes * _SECONDS_A_MINUTE,
            latency_s=self.needs.latency_s,
            retention_h=self.needs.retention_hours,
            growth=self.traffic.growth,
            packed=self.needs.packed,
            event_idempotency=self.needs.event_idempotency,
            destinations=[each.destination() for each in self.destinations],
            guess=Guess(self.guess.partitions, self.guess.per_partition) if self.guess else None,
        )

    def _topics(self, shares: Sequence[CodeShare]) -> list[TopicTraffic]:
        for kind, names in (("topic", self.topics), ("destination", self.destinations)):
            twice = [name for name, count in Counter(each.name for each in names).items() if count > 1]
            if twice:
                raise ValueError(f"the {kind} {twice[0]!r} is named twice")
        codes: dict[str, list[CodeShare]] = {topic.name: [] for topic in self.topics}
        for code in sorted(shares, key=lambda code: -code.share):
            taker = next((topic.name for topic in self.topics if topic.takes(code.codigo)), None)
            if taker is None:
                raise ValueError(f"no topic has the code {code.codigo}; a topic without `codes` takes the rest")
            codes[taker].append(code)
        idle = [name for name, found in codes.items() if not found]
        if idle:
            raise ValueError(f"the topic {idle[0]!r} gets no message: none of the codes is its own")
        return [TopicTraffic(name, found) for name, found in codes.items()]


def load(path: Path, sample: Sample | None = None) -> Profile:
    """Read and check a profile; what a sample has stands in place of what the profile guesses.

    Raises:
        ProfileError: it cannot be read or makes no sense; the message is one line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}. Give PROFILE=<file>.toml") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{path}: not a text file in UTF-8") from None
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}: not TOML: {error}") from None
    try:
        file = ProfileFile.model_validate(given)
        if sample is None:
            return file.profile(_shares(file.codes, path.parent))
        return measured(file.profile(code_shares(sample)), sample)
    except ValidationError as error:
        raise ProfileError(f"{path}: {_first(error.errors())}") from None
    except (ValueError, SampleError) as error:
        raise ProfileError(f"{path}: {error}") from None


def _first(faults: Sequence[Mapping[str, Any]]) -> str:
    place = ".".join(str(part) for part in faults[0]["loc"])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{place + ': ' if place else ''}{faults[0]['msg'].removeprefix('Value error, ')}{more}"


def _shares(codes: _Codes, folder: Path) -> list[CodeShare]:
    if codes.shares:
        total = sum(codes.shares.values())
        return [CodeShare(code, share / total) for code, share in codes.shares.items()]
    if codes.sample is not None:
        return code_shares(read_file(folder / codes.sample))
    count = codes.count or 1
    weights = pareto_weights(count, codes.top_share, codes.top_fraction)
    return [CodeShare(codigo, weight) for codigo, weight in zip(ranked_codes(count), weights, strict=True)]
