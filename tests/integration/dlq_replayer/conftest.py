"""The replayer and the dispatcher on the local AWS."""

from pathlib import Path

import pytest

from local.aws import Deployment
from tests.integration.dlq_replayer.world import World


@pytest.fixture
def world(deployment: Deployment, tmp_path: Path) -> World:
    """A world of the test's own."""
    return World(deployment, tmp_path / "routes.toml")
