"""The ledgers in DynamoDB keep the promises of every store, against the local AWS."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, JsonApi, connect
from comboio.ledger.dynamodb import DynamoLedgerStore
from local.aws import Aws
from tests.support.ledger_contract import LATER, NOW, PART, LedgerStoreContract


@pytest.fixture(scope="module")
def dynamodb(aws: Aws) -> JsonApi:
    """DynamoDB of the local AWS."""
    return connect(DYNAMODB, aws.environment, credential_source(aws.environment))


_tables = count()


@pytest.fixture
def store(dynamodb: JsonApi) -> DynamoLedgerStore:
    """Give a store of its own table."""
    table = f"ledgers-{next(_tables)}"
    dynamodb.call(
        "CreateTable",
        {
            "TableName": table,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    return DynamoLedgerStore(dynamodb, table)


class TestDynamoLedgerStore(LedgerStoreContract):
    """See the contract."""

    @pytest.mark.robustness("many owners at once")
    def test_of_many_claims_at_once_one_wins(self, store: DynamoLedgerStore) -> None:
        """However many ask for a partition at the same moment, one gets it, in every round."""
        with ThreadPoolExecutor(16) as pool:
            for number in range(10):
                together = Barrier(16)

                def ask(owner: int, number: int = number, together: Barrier = together) -> bool:
                    together.wait()
                    return store.claim(f"{PART}-{number}", f"owner-{owner}", NOW, LATER, ((0, 9),)) is not None

                assert sum(pool.map(ask, range(16))) == 1
