"""The scan for secrets lets lines pass that name one, and none that could have one."""

import re

import pytest

from tests.support.source_tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LET_PASS = re.compile(re.findall(r"^NO_SECRET := (.+)$", MAKEFILE, re.MULTILINE)[0].replace("$$", "$"))
"""As detect-secrets takes it: a line in which it is found is not looked at."""

VALUE = "hV7pQ2xR9tLw4ZkB"
"""A password of nobody."""


@pytest.mark.parametrize(
    "line",
    [
        f'SecretArn: "{VALUE}"',
        f'SecretKeyArn = "{VALUE}"',
        f'    Secret: "{VALUE}"',
        f'  HasSecret: "{VALUE}"',
        f'  HasSecret: !Not [!Equals [!Ref SecretArn, "{VALUE}"]]',
        '  HasSecret: !Not [!Equals [!Ref SecretArn, "onlyletters"]]',
        f'authorization_secret = "{VALUE}"',
        f'authorization_secret = "comboio/partner"  # instead: password = "{VALUE}"',
        f'    "AWS_SESSION_TOKEN": "token" * 160, "password": "{VALUE}"',
        f'authorization = "{VALUE}"  # or authorization_secret = "comboio/partner"',
        f'SecretStr: "secret text", "password": "{VALUE}"',
        f'"AWS_SECRET_ACCESS_KEY": "{VALUE}",  # not "no-secret-at-all",',
        f'password = "{VALUE}"  # by secretsmanager:GetSecretValue',
        f'NO_SECRETS = "{VALUE}"',
        f'HttpTokens: required, password: "{VALUE}"',
    ],
)
def test_a_secret_beside_a_name_is_looked_at(line: str) -> None:
    """A name that is let pass does not take along what stands beside it."""
    assert LET_PASS.search(line) is None


def test_what_is_let_pass_is_there() -> None:
    """An exception whose line is gone goes too: each alternative is found in some file of the repository."""
    files = (
        "Makefile",
        "mapping.yaml",
        "docs/how-to/deploy.md",
        "docs/how-to/route.md",
        "layers/comboio/comboio/settings.py",
        "bench/dispatcher/contenders.py",
        "ops/install/ec2/service.yaml",
        "ops/routes/offline.py",
    )
    lines = [line for name in files for line in (ROOT / name).read_text().splitlines()]
    alternatives = re.split(r"\|(?=\^|Secret)", LET_PASS.pattern)
    assert len(alternatives) == 10
    assert [each for each in alternatives if not any(re.search(each, line) for line in lines)] == []
