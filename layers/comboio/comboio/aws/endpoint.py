"""Where a service is."""

from collections.abc import Mapping

_ENVIRONMENT_NAMES = {"events": "eventbridge", "states": "sfn"}
"""Service ids where they differ from the endpoint's name (AWS SDKs, "Service-specific endpoints")."""


def endpoint(service: str, region: str, environ: Mapping[str, str]) -> str:
    """Return a service's address: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, or AWS itself."""
    own = environ.get(f"AWS_ENDPOINT_URL_{_ENVIRONMENT_NAMES.get(service, service).upper()}")
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return own or environ.get("AWS_ENDPOINT_URL") or f"https://{service}.{region}.{suffix}"
