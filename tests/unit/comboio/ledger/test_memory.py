"""The ledgers in memory keep the promises of every store."""

import pytest

from comboio.ledger.ledger import Ledger
from comboio.ledger.memory import MemoryLedgerStore
from tests.support.ledger_contract import NOW, PART, LedgerStoreContract


class TestMemoryLedgerStore(LedgerStoreContract):
    """See the contract."""

    @pytest.fixture
    def store(self) -> MemoryLedgerStore:
        """Give an empty store."""
        return MemoryLedgerStore()

    def test_the_ledger_can_be_looked_at(self, store: MemoryLedgerStore) -> None:
        """A test may look at a ledger as it was last settled, without a claim."""
        assert store.ledger(PART) == Ledger()
        store.claim(PART, "a", NOW, NOW + 1, ())
        store.settle(PART, "a", Ledger(7), 0)
        assert store.ledger(PART) == Ledger(7)
