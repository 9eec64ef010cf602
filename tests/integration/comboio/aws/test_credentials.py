"""Where the keys come from."""

import os
import subprocess
import sys
from pathlib import Path

from comboio.aws.credentials import credential_source
from comboio.aws.sigv4 import Credentials


def test_the_environment_goes_first() -> None:
    """Keys in the environment are used as they are, with the token if there is one."""
    keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"}
    assert credential_source(keys)() == Credentials("A", "s")
    assert credential_source({**keys, "AWS_SESSION_TOKEN": "t"})() == Credentials("A", "s", "t")


def elsewhere(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Print the keys that a process of that environment finds; botocore reads the environment of its process."""
    program = "import os; from comboio.aws.credentials import credential_source as s; print(*s(os.environ)(), sep='|')"
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
