"""A deployed function has the environment its handler needs."""

from typing import Any

from local.aws.function import DeployedFunction

CONFIGURATION: dict[str, Any] = {
    "FunctionName": "comboio-Dispatcher-1",
    "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:comboio-Dispatcher-1",
    "Handler": "dispatcher.handler.handler",
    "Timeout": 30,
    "MemorySize": 1769,
    "Environment": {"Variables": {"LEDGER_TABLE": "ledger", "AWS_REGION": "eu-west-1"}},
}


def test_environment_joins_template_runtime_and_endpoint() -> None:
    """A handler finds the template's variables, those of Lambda, and the way to AWS; the template has the last word."""
    function = DeployedFunction.from_configuration(
        CONFIGURATION, {"AWS_ENDPOINT_URL": "http://x", "AWS_REGION": "us-east-1"}
    )
    assert function.environment == {
        "AWS_ENDPOINT_URL": "http://x",
        "AWS_REGION": "eu-west-1",
        "AWS_LAMBDA_FUNCTION_NAME": "comboio-Dispatcher-1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "LEDGER_TABLE": "ledger",
    }


def test_a_function_without_variables_has_an_environment() -> None:
    """Lambda leaves the key out when a function has no variables."""
    configuration = {name: value for name, value in CONFIGURATION.items() if name != "Environment"}
    assert "AWS_LAMBDA_FUNCTION_NAME" in DeployedFunction.from_configuration(configuration, {}).environment
