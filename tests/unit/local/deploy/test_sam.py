"""The commands of SAM that are run."""

from pathlib import Path

from local.deploy.sam import build_command, deploy_command, environment


def test_the_real_template_is_built_and_the_built_one_is_deployed() -> None:
    """`sam build` reads the template of the repository, and `sam deploy` what that made, with every parameter."""
    build = build_command(Path("/built"))
    deploy = deploy_command(Path("/built"), "a-stack", {"A": "1", "B": "2"})
    assert Path(build[build.index("--template-file") + 1]).name == "template.yaml"
    assert build[build.index("--build-dir") + 1] == "/built"
    assert deploy[deploy.index("--template-file") + 1] == "/built/template.yaml"
    assert deploy[deploy.index("--stack-name") + 1] == "a-stack"
    assert deploy[deploy.index("--parameter-overrides") + 1 :] == ["A=1", "B=2"]


def test_no_question_and_no_account_of_the_user_is_reached() -> None:
    """The deployment asks nothing, and the emulator's endpoint and credentials are in its environment."""
    aws = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "local"}
    assert "--no-confirm-changeset" in deploy_command(Path("/built"), "a-stack", {})
    found = environment("/usr/bin/python3", aws)
    assert aws.items() <= found.items()
    assert (found["PLATFORM"], found["SAM_CLI_TELEMETRY"]) == ("local", "0")
