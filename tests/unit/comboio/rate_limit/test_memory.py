"""Reserved tokens in memory keep the promises of every store."""

import pytest

from comboio.rate_limit.memory import MemoryTokenStore
from tests.support.token_store_contract import TokenStoreContract


@pytest.fixture
def store() -> MemoryTokenStore:
    """Give an empty store."""
    return MemoryTokenStore()


class TestMemoryTokenStore(TokenStoreContract):
    """See the contract."""
