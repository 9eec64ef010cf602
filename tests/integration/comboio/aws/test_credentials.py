"""Where the keys come from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.sigv4 import Credentials


def test_the_environment_goes_first() -> None:
    """Keys in the environment are used as they are, with the token if there is one."""
    keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"}
    assert credential_source(keys)() == Credentials("A", "s")
    assert credential_source({**keys, "AWS_SESSION_TOKEN": "t"})() == Credentials("A", "s", "t")


KEYS = "import os; from comboio.aws.credentials import credential_source as s; print(*s(os.environ)(), sep='|')"


def elsewhere(environment: dict[str, str], program: str = KEYS) -> subprocess.CompletedProcess[str]:
    """Print the keys that a process of that environment finds; botocore reads the environment of its process."""
    path = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", program],
        env={"PYTHONPATH": path, "PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_profile_serves_where_the_environment_has_no_keys(tmp_path: Path) -> None:
    """Without keys in the environment botocore's chain is asked, and a profile's keys are found."""
    (tmp_path / "credentials").write_text("[lab]\naws_access_key_id = B\naws_secret_access_key = x\n")
    found = elsewhere(
        {
            "HOME": str(tmp_path),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
            "AWS_PROFILE": "lab",
            "AWS_ACCESS_KEY_ID": "",
        }
    )
    assert found.stdout == "B|x|\n", found.stderr


def test_no_keys_anywhere_says_what_to_do(tmp_path: Path) -> None:
    """A machine without any credentials is told so at once, with what to set."""
    found = elsewhere({"HOME": str(tmp_path)})
    assert found.returncode != 0
    assert "NoCredentialsError: No AWS credentials. Set AWS_ACCESS_KEY_ID" in found.stderr


CALL = """
import os
from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, AwsError, connect
api = connect(DYNAMODB, os.environ, credential_source(os.environ))
assert api.begin("GetItem", b"{}") is None
try:
    api.call("GetItem", {}, tries=1)
except AwsError as error:
    print(error.code, error.transient)
"""


@pytest.mark.robustness("a service that does not answer")
def test_keys_that_cannot_be_renewed_fail_a_call_as_any_outage_does(tmp_path: Path) -> None:
    """Keys that were there at the start, and end while whoever renews them is away: an error that may pass, and no
    other exception, so that a batch is answered for and redelivered."""
    renew = tmp_path / "renew"
    renew.write_text(
        f"#!/bin/sh\n[ -e {tmp_path}/asked ] && exit 1\ntouch {tmp_path}/asked\n"
        'echo \'{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s", "SessionToken": "t", '
        '"Expiration": "2020-01-01T00:00:00Z"}\'\n'
    )
    renew.chmod(0o700)
    (tmp_path / "config").write_text(f"[profile lab]\ncredential_process = {renew}\n")
    environment = {"HOME": str(tmp_path), "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_PROFILE": "lab"}
    found = elsewhere({**environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-west-1"}, CALL)
    assert found.stdout == "NoKeys True\n", found.stderr
