"""What an import does: Lambda's entry builds its function, no other module does anything, and little is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTIONS = ("dispatcher", "dlq_replayer")

LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"}


def python(program: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, with exactly that environment."""
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)
    return subprocess.run(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_entry_builds_its_function_at_import(function: str) -> None:
    """A function that lacks its options fails in Lambda's init phase, before any event, and names the option."""
    failed = python(f"import {function}.handler", LAMBDA)
    assert failed.returncode != 0
    assert "DEAD_LETTER_QUEUE_URL is not set" in failed.stderr


@pytest.mark.parametrize("function", FUNCTIONS)
def test_wiring_does_nothing_at_import(function: str) -> None:
    """Who imports the wiring, in whatever environment, gets neither a function, nor threads, nor another collector."""
    program = (
        "import gc, threading; before = gc.get_threshold(), gc.get_freeze_count()\n"
        f"import {function}.wiring\n"
        "assert (gc.get_threshold(), gc.get_freeze_count()) == before\n"
        "assert threading.active_count() == 1\n"
    )
    done = python(program, LAMBDA)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("before", "after"), [(700, 250_000), (100_000, 250_000), (300_000, 300_000)])
def test_a_process_with_a_higher_threshold_keeps_it(before: int, after: int) -> None:
    """The collector's threshold is raised for a dispatcher, and never lowered for the process that it is part of."""
    program = (
        f"import gc; gc.set_threshold({before})\n"
        "from dispatcher.garbage_collection import spare_the_collector; spare_the_collector()\n"
        f"assert gc.get_threshold()[0] == {after}, gc.get_threshold()\n"
    )
    done = python(program, {})
    assert done.returncode == 0, done.stderr


def test_importing_the_package_imports_none_of_its_modules() -> None:
    """A function's cold start pays only for the names that it uses of the shared package."""
    program = "import sys, comboio; sys.exit(' '.join(name for name in sys.modules if name.startswith('comboio.')))"
    assert python(program, {}).stderr.strip() == ""


def test_without_an_override_boto3_stays_out() -> None:
    """A function with the layer's routing table does not import what only an override needs."""
    program = (
        "import sys; from dispatcher.settings import DispatcherSettings; from dispatcher.routes.source import "
        "table_source; import dispatcher.wiring; table_source(DispatcherSettings.from_environment("
        "{'LEDGER_TABLE': 't', 'DEAD_LETTER_QUEUE_URL': 'q'}), {}).read(); "
        "sys.exit(' '.join({'boto3', 'botocore.session', 'aws_xray_sdk'} & set(sys.modules)))"
    )
    assert python(program, {}).stderr.strip() == ""


def test_the_token_callback_does_not_import_the_signer() -> None:
    """The signer and botocore take 0.3 s to import, so only a caller that makes tokens pays for them."""
    program = "import sys, comboio.msk_iam; print(*{'botocore', 'aws_msk_iam_sasl_signer'} & sys.modules.keys())"
    done = python(program, {})
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_without_an_endpoint_traces_stay_out() -> None:
    """Dispatcher and drainer that export no spans import none of what makes them; those that do, do."""
    program = (
        "import os, sys; from dispatcher.wiring import build; build(os.environ); "
        "from dispatcher.drainer_wiring import build_drainer; build_drainer(os.environ); "
        "sys.exit(str(sum(name.startswith('comboio.otlp') or 'spans' in name for name in sys.modules)))"
    )
    environ = {**LAMBDA, "LEDGER_TABLE": "t", "DEAD_LETTER_QUEUE_URL": "q", "AWS_REGION": "eu-west-1"}
    environ |= {f"ROUTE_{name}_QUEUE_URL": "https://q/1/q" for name in ("TELEMETRY", "EVENTS")}
    environ |= {"ROUTE_ALERTS_QUEUE_URL": "https://q/1/q.fifo", "HOLD_QUEUE_URL": "https://q/1/h.fifo"}
    assert python(program, environ).stderr.strip() == "0"
    traced = python(program, {**environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"})
    assert int(traced.stderr) > 0
