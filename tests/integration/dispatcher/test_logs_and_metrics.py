"""What the wired handler writes, in a process of its own, about records of every kind."""

import json
from pathlib import Path

from tests.integration.dispatcher.test_handler import ROUTES, run
from tests.support.dispatcher import payload, raw
from tests.support.web_server import serving

SECRET = "S3CR3T"  # noqa: S105 (nobody's)
BODIES = [
    payload(note=SECRET),
    f'{{"{SECRET}": 1'.encode(),
    SECRET.encode(),
    json.dumps([SECRET] * 3).encode(),
    payload(codigo=SECRET),  # type: ignore[arg-type]  # as a sender may get it wrong
    payload(event_id=f"{SECRET} \x07"),
    payload(truck_id=[SECRET]),
    payload(note=SECRET).replace(b"300", b"NaN"),
    b"\xff" + SECRET.encode(),
    b"[" * 5_000 + SECRET.encode(),
]


def test_no_content_is_written_and_every_line_has_its_invocation(tmp_path: Path) -> None:
    """Dead, failed or well, no record's key, value or header is in anything the function writes; and each log line can
    be found by the invocation's id, without a namespace or a service being set."""
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
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        }
        headers = [{"x-token": list(SECRET.encode())}]
        records = [raw(n, body, SECRET.encode(), headers=headers) for n, body in enumerate(BODIES)]
        done = run(environment, *records)
    assert "ANSWER" in done.stdout, done.stderr
    assert SECRET not in done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    told = [line for line in lines if "level" in line]
    assert [line["message"] for line in told][-1] == "batch"
    assert {line["correlation_id"] for line in told} == {"request-1"}
    assert any("_aws" in line and line["RecordsIn"] == [len(BODIES)] for line in lines)
