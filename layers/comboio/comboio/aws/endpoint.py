"""Where a service is."""

import re
from collections.abc import Mapping

from comboio.errors import ConfigurationError

_ADDRESS = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(\d{1,5}))?(/[!-~]*)?")
_LAST_PORT = 65_535
_ENVIRONMENT_NAMES = {"events": "eventbridge", "states": "sfn"}
"""Service ids where they differ from the endpoint's name (AWS SDKs, "Service-specific endpoints")."""


class EndpointError(ConfigurationError):
    """The environment says that a service is where none can be; the text names the variables."""


def endpoint(service: str, region: str, environ: Mapping[str, str]) -> str:
    """Return a service's address: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, or AWS itself.

    Raises:
        EndpointError: it is no address; a text without a host would lead to this machine.
    """
    own = f"AWS_ENDPOINT_URL_{_ENVIRONMENT_NAMES.get(service, service).upper()}"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    address = environ.get(own) or environ.get("AWS_ENDPOINT_URL") or f"https://{service}.{region}.{suffix}"
    found = _ADDRESS.fullmatch(address)
    if found is None or int(found[3] or 0) > _LAST_PORT:
        raise EndpointError(
            f"{own}, AWS_ENDPOINT_URL or AWS_REGION gives no address for {service}. Write an endpoint as "
            "https://host:port, without user and blanks, or leave it out; a region as eu-west-1."
        )
    return address
