"""The handler, in a process of its own, as Lambda would start it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.dispatcher import event, payload, raw
from tests.support.web_server import serving

ROUTES = """
version = 1
[destinations.a]
type = "sqs"
target = "https://sqs/a"
[default]
to = ["a"]
"""

PROGRAM = """
import json, sys
from dispatcher.handler import handler
class Context:
    aws_request_id = "request-1"
    function_name = "dispatcher"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:dispatcher"
    def get_remaining_time_in_millis(self):
        return 30_000
print("ANSWER " + json.dumps(handler(json.loads(sys.argv[1]), Context())))
"""


def run(environment: dict[str, str], *records: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """Invoke the handler once, in a process of that environment."""
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)
    return subprocess.run(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", PROGRAM, json.dumps(event(*records))],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_batch_goes_through_the_wired_dispatcher(tmp_path: Path) -> None:
    """With what the template sets the handler claims, sends, buries and settles over real connections; where a service
    does not say that it took something, the record comes again."""
    (tmp_path / "routes.toml").write_text(ROUTES)
    with serving() as web:
        environment = {
            "AWS_ACCESS_KEY_ID": "A",
            "AWS_SECRET_ACCESS_KEY": "s",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": web.endpoint,
            "LEDGER_TABLE": "ledgers",
            "DEAD_LETTER_QUEUE_URL": "https://sqs/dlq",
            "DISPATCHER_ROUTES_FILE": str(tmp_path / "routes.toml"),
            "POWERTOOLS_METRICS_NAMESPACE": "test",
            "POWERTOOLS_SERVICE_NAME": "dispatcher",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        }
        done = run(environment, raw(0, payload()), raw(1, b"{"))
        asked = [request.headers["x-amz-target"].rpartition(".")[2] for request in web.requests]
        bodies = [json.loads(request.body) for request in web.requests]
    answer = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    assert answer, done.stderr
    failures = json.loads(answer[0].removeprefix("ANSWER "))["batchItemFailures"]
    assert [failure["itemIdentifier"]["offset"] for failure in failures] == [0, 1]
    assert (asked[0], asked[-1]) == ("UpdateItem", "UpdateItem")
    queues = {body["QueueUrl"] for body in bodies if "QueueUrl" in body}
    assert queues == {"https://sqs/a", "https://sqs/dlq"}


def test_a_wrong_environment_says_what_is_missing() -> None:
    """A function without its options fails with the options' names."""
    failed = run({"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"}, raw(0))
    assert failed.returncode != 0
    assert "LEDGER_TABLE is not set" in failed.stderr
