"""The resource of spans: which program of which function made them."""

from collections.abc import Mapping

from comboio import __version__
from comboio.otlp.receiver import pairs
from comboio.otlp.settings import OtlpSettings
from comboio.otlp.span import Value

_OF_LAMBDA = {
    "cloud.region": "AWS_REGION",
    "faas.name": "AWS_LAMBDA_FUNCTION_NAME",
    "faas.version": "AWS_LAMBDA_FUNCTION_VERSION",
    "faas.instance": "AWS_LAMBDA_LOG_STREAM_NAME",
}
"""Attributes by the variable of Lambda that has them (OpenTelemetry, "Semantic conventions for FaaS")."""


def resource(settings: OtlpSettings, environ: Mapping[str, str], service: str) -> dict[str, Value]:
    """Return the attributes of a service, which is called `service` unless the environment says otherwise."""
    found: dict[str, Value] = {
        "service.name": environ.get("POWERTOOLS_SERVICE_NAME") or service,
        "service.version": __version__,
        "telemetry.sdk.name": "comboio",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": __version__,
    }
    if environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        found |= {"cloud.provider": "aws", "cloud.platform": "aws_lambda"}
        found |= {name: environ[variable] for name, variable in _OF_LAMBDA.items() if environ.get(variable)}
    found |= pairs(settings.resource_attributes)
    if settings.service_name:
        found["service.name"] = settings.service_name
    return found
