"""The options of traces, under the names that OpenTelemetry gives them."""

from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from comboio.settings import Settings

SamplerName = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]
"""The samplers that OpenTelemetry has names for, and everybody knows."""


class OtlpSettings(Settings):
    """The options of whoever exports spans, read once; without an endpoint nobody does."""

    PREFIX: ClassVar[str] = "OTEL_"

    endpoint: str = Field(
        "",
        alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        pattern=r"^(https?://\S+)?$",
        description="Base URL of the OTLP receiver, which takes traces at /v1/traces in JSON: a collector on "
        "http://localhost:4318. If unset, there are no traces.",
    )
    traces_endpoint: str = Field(
        "",
        alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        pattern=r"^(https?://\S+)?$",
        description="Whole URL that takes traces, instead: https://xray.REGION.amazonaws.com/v1/traces is CloudWatch, "
        "whose requests are signed by the function's role.",
    )
    headers: SecretStr = Field(
        SecretStr(""),
        alias="OTEL_EXPORTER_OTLP_HEADERS",
        description="Headers of each request, as name=value with commas between them and %-escapes: a receiver's key.",
    )
    timeout_ms: int = Field(
        500,
        alias="OTEL_EXPORTER_OTLP_TIMEOUT",
        ge=10,
        le=10_000,
        description="Milliseconds that an export may take in all; of an invocation's time never more than a tenth.",
    )
    service_name: str = Field(
        "", description="The attribute service.name of all spans. If unset, it is POWERTOOLS_SERVICE_NAME."
    )
    resource_attributes: str = Field(
        "",
        description="More attributes of all spans, as name=value with commas between them and %-escapes: "
        "deployment.environment.name=prod.",
    )
    traces_sampler: SamplerName = Field(
        "parentbased_always_on",
        description="Which batches have a trace. With parentbased_, those that have a message whose traceparent is "
        "sampled, and of the others those that the rest of the name says.",
    )
    traces_sampler_arg: float = Field(1.0, ge=0, le=1, description="The share of batches that traceidratio samples.")
    propagators: str = Field(
        "",
        description="With xray-lambda among them, a batch is a part of the trace that Lambda began in X-Ray, and "
        "follows its sampling. Messages have W3C's traceparent in any case.",
    )
    sdk_disabled: bool = Field(False, description="Whether there are no traces, though an endpoint is set.")

    @property
    def traces_url(self) -> str:
        """Where spans go; empty: nowhere."""
        if self.sdk_disabled:
            return ""
        return self.traces_endpoint or (self.endpoint and f"{self.endpoint.rstrip('/')}/v1/traces")
