"""The way to the receiver: address, headers, signature, and what all spans say of their program."""

import re

import pytest

from comboio.aws.credentials import CredentialSource
from comboio.aws.http import Answer
from comboio.aws.sigv4 import Credentials
from comboio.otlp.receiver import pairs, receiver
from comboio.otlp.resource import resource
from comboio.otlp.settings import OtlpSettings

LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "AWS_REGION": "eu-west-1",
    "POWERTOOLS_SERVICE_NAME": "p",
}


class Http:
    """Keeps what is posted."""

    def __init__(self, url: str) -> None:
        self.url, self.host = url, url.split("/")[2]
        self.headers: dict[str, str] = {}

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        self.headers = headers
        return Answer(200, b"{}")


def _posted(**environ: str) -> Http:
    made: list[Http] = []

    def http(url: str) -> Http:
        made.append(Http(url))
        return made[-1]

    receiver(OtlpSettings.from_environment(environ), {}, _keys, http)(b"{}", 1.0)
    return made[0]


def _keys(_: object) -> CredentialSource:
    return lambda: Credentials("AKID", "s", "t")


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, "http://localhost:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/otlp/"}, "https://c/otlp/v1/traces"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/x"},
            "http://b/x",
        ),
    ],
)
def test_the_variables_mean_what_opentelemetry_says(environ: dict[str, str], url: str) -> None:
    """The base gets the path of traces; the address for traces is taken as it is, and wins."""
    found = _posted(**environ)
    assert found.url == url
    assert found.headers["content-type"] == "application/json"
    assert "authorization" not in found.headers


def test_headers_go_along_and_are_secret() -> None:
    """A receiver's key is sent with each request, and nothing that the settings print has it."""
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_HEADERS": "X-Key=top%20secret, b=2"}
    found = _posted(**environ)
    assert (found.headers["x-key"], found.headers["b"]) == ("top secret", "2")
    assert "secret" not in repr(OtlpSettings.from_environment(environ)).replace("SecretStr", "")


@pytest.mark.parametrize("host", ["xray.eu-west-1.amazonaws.com", "xray.cn-north-1.amazonaws.com.cn"])
def test_what_goes_to_cloudwatch_is_signed(host: str) -> None:
    """Its requests are signed for X-Ray in the region of the address."""
    found = _posted(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"https://{host}/v1/traces")
    region = host.split(".")[1]
    assert re.match(
        rf"AWS4-HMAC-SHA256 Credential=AKID/\d{{8}}/{region}/xray/aws4_request, ", found.headers["authorization"]
    )
    assert found.headers["x-amz-security-token"] == "t"


@pytest.mark.parametrize("host", ["xray.eu-west-1.amazonaws.com.example.org", "axray.eu-west-1.amazonaws.com"])
def test_nobody_else_gets_a_signature(host: str) -> None:
    """A host that only looks like AWS's own is sent no signature and no session token."""
    found = _posted(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"https://{host}/v1/traces")
    assert not {"authorization", "x-amz-security-token"} & found.headers.keys()


def test_what_is_switched_off_goes_nowhere() -> None:
    """OTEL_SDK_DISABLED switches off what an endpoint switches on."""
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}
    assert OtlpSettings.from_environment(environ).traces_url == ""


def test_pairs_are_read_as_baggage() -> None:
    """Names and values are unescaped; what is no pair is left out."""
    assert pairs(" a = 1 ,b=2%2C3,,c,=4,d=") == {"a": "1", "b": "2,3", "d": ""}
    assert pairs("") == {}


def test_the_resource_names_the_function() -> None:
    """The service's name is OpenTelemetry's, else the resource's, else Powertools', else its own."""
    for more, name in (
        ({"OTEL_SERVICE_NAME": "o", "OTEL_RESOURCE_ATTRIBUTES": "service.name=r"}, "o"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=r,x=y"}, "r"),
        ({}, "p"),
    ):
        found = resource(OtlpSettings.from_environment(more), LAMBDA, "own")
        assert found["service.name"] == name
        assert (found["faas.name"], found["faas.version"], found["cloud.region"]) == ("f", "7", "eu-west-1")
    bare = resource(OtlpSettings.from_environment({}), {}, "own")
    assert bare["service.name"] == "own"
    assert not [each for each in bare if each.startswith(("faas", "cloud"))]
