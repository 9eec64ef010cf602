"""The environment that leads an SDK to the emulator."""

import boto3

from local.aws.emulator import Aws


def test_an_sdk_finds_all_it_needs_in_the_environment() -> None:
    """Credentials, region and endpoint go by the names that every SDK reads, so none looks for real ones elsewhere."""
    environment = Aws("http://127.0.0.1:1").environment
    assert set(environment) == {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
    }
    session = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    assert session.get_credentials() is not None
