"""The destination states in memory keep the promises of every store."""

import pytest

from comboio.destination_state.memory import MemoryStateStore
from tests.support.state_store_contract import StateStoreContract


@pytest.fixture
def store() -> MemoryStateStore:
    """Give an empty store."""
    return MemoryStateStore()


class TestMemoryStateStore(StateStoreContract):
    """See the contract."""
