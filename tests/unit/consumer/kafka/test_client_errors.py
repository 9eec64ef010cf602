"""The first error that lasts is raised at the next poll; the others are only logged."""

import logging

import pytest
from confluent_kafka import KafkaError

from consumer.kafka.client_errors import ClientErrors
from consumer.kafka.errors import AUTHENTICATION_S, RECOVERED_BY_REJOINING, GroupError
from tests.support.consumer import LOG, VirtualTime

FENCED = KafkaError(KafkaError.FENCED_INSTANCE_ID, "fenced")
FORBIDDEN = KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED, "forbidden")
DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN, "down")
REFUSED = KafkaError(KafkaError._AUTHENTICATION, "invalid credentials")


def test_the_first_lasting_error_is_the_one_that_is_raised() -> None:
    """What came first is the reason; later errors follow from it. It is raised every time."""
    errors = ClientErrors(LOG, lambda: 0.0)
    errors.of_the_client(DOWN)
    errors.raise_lasting()
    errors.of_a_message(FENCED)
    errors.of_the_client(FORBIDDEN)
    for _ in range(2):
        with pytest.raises(GroupError, match="fenced"):
            errors.raise_lasting()


def test_each_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An error that ends nothing is still told, with its own text, or as unknown if the client gives none."""
    errors = ClientErrors(logging.getLogger("t"), lambda: 0.0)
    errors.of_a_message(DOWN)
    errors.of_the_client(DOWN)
    errors.of_a_commit(DOWN)
    errors.of_a_commit(None)
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["down"] * 3 + ["unknown"]


@pytest.mark.parametrize("code", sorted(RECOVERED_BY_REJOINING))
def test_a_commit_in_a_rebalance_ends_nothing(code: int) -> None:
    """The client joins the group again by itself after such a commit, but not after such an error elsewhere."""
    errors = ClientErrors(LOG, lambda: 0.0)
    errors.of_a_commit(KafkaError(code))
    errors.raise_lasting()
    errors.of_the_client(KafkaError(code))
    with pytest.raises(GroupError):
        errors.raise_lasting()


def test_refused_credentials_end_the_service_only_if_nothing_succeeds_in_between() -> None:
    """A success starts the time anew."""
    time = VirtualTime()
    errors = ClientErrors(LOG, time.clocks.clock)
    for _ in range(2):
        for _ in range(int(AUTHENTICATION_S // 10)):
            errors.of_the_client(REFUSED)
            time.sleep(10)
        errors.raise_lasting()
        errors.authenticated()
    for _ in range(int(AUTHENTICATION_S // 10) + 1):
        errors.of_the_client(REFUSED)
        time.sleep(10)
    with pytest.raises(GroupError, match="credentials"):
        errors.raise_lasting()
