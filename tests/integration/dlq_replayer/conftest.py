"""The replayer and the dispatcher on the local AWS."""

from pathlib import Path

import pytest

from local.aws import Deployment
from tests.integration.dlq_replayer.deployed_replayer import DeployedReplayer


@pytest.fixture
def deployed(deployment: Deployment, tmp_path: Path) -> DeployedReplayer:
    """Give a replayer with queues, bucket and table of the test's own."""
    return DeployedReplayer(deployment, tmp_path / "routes.toml")
