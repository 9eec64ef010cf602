"""Destination states and reserved tokens in DynamoDB keep the promises of every store, against the local AWS."""

from itertools import count
from typing import Any

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, JsonApi, connect
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.destination_state.state import SharedState
from comboio.rate_limit.dynamodb import DynamoTokenStore
from local.aws import Aws
from tests.support.state_store_contract import FULL, A, B, StateStoreContract
from tests.support.token_store_contract import EXPIRES, TokenStoreContract

_tables = count()


@pytest.fixture(scope="module")
def dynamodb(aws: Aws) -> JsonApi:
    """DynamoDB of the local AWS."""
    return connect(DYNAMODB, aws.environment, credential_source(aws.environment))


@pytest.fixture
def table(dynamodb: JsonApi) -> str:
    """Give a table of the test's own."""
    name = f"states-{next(_tables)}"
    dynamodb.call(
        "CreateTable",
        {
            "TableName": name,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    return name


class TestDynamoStateStore(StateStoreContract):
    """See the contract."""

    @pytest.fixture
    def store(self, dynamodb: JsonApi, table: str) -> DynamoStateStore:
        """Give a store of its own table."""
        return DynamoStateStore(dynamodb, table)

    @pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
    @pytest.mark.parametrize(
        "attributes",
        [{"version": {"S": "x"}}, {"pause_ms": {"N": "1.5"}, "paused_by": {"N": "3"}}, {"unknown": {"BOOL": True}}],
        ids=["version", "values", "unknown"],
    )
    def test_an_item_that_somebody_else_wrote_is_no_state(
        self, dynamodb: JsonApi, table: str, attributes: dict[str, Any]
    ) -> None:
        """Attributes that cannot be read are as if they were absent, and nothing is raised."""
        dynamodb.call("PutItem", {"TableName": table, "Item": {"pk": {"S": A}, **attributes}})
        assert DynamoStateStore(dynamodb, table).read([A, B]) == {A: SharedState(), B: SharedState()}

    @pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
    def test_attributes_of_a_later_version_are_kept(self, dynamodb: JsonApi, table: str) -> None:
        """A write changes the fields that it knows, so that two versions of the function can share an item."""
        dynamodb.call("PutItem", {"TableName": table, "Item": {"pk": {"S": A}, "later": {"S": "kept"}}})
        assert DynamoStateStore(dynamodb, table).write(A, FULL)[0]
        item = dynamodb.call("GetItem", {"TableName": table, "Key": {"pk": {"S": A}}, "ConsistentRead": True})["Item"]
        assert item["later"] == {"S": "kept"}


class TestDynamoTokenStore(TokenStoreContract):
    """See the contract."""

    @pytest.fixture
    def store(self, dynamodb: JsonApi, table: str) -> DynamoTokenStore:
        """Give a store of its own table."""
        return DynamoTokenStore(dynamodb, table)

    @pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
    def test_a_window_is_deleted_by_the_tables_ttl(self, dynamodb: JsonApi, table: str) -> None:
        """Each window's item has the attribute that the table's TTL goes by."""
        DynamoTokenStore(dynamodb, table).reserve("a", 7, 3, 10, EXPIRES)
        key = {"TableName": table, "Key": {"pk": {"S": "rate#a#7"}}, "ConsistentRead": True}
        item = dynamodb.call("GetItem", key)["Item"]
        assert (item["expires_at"], item["reserved"]) == ({"N": str(EXPIRES)}, {"N": "3"})
