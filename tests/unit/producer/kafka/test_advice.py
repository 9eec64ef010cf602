"""The advice fits the trouble."""

import pytest

from producer.kafka.advice import advice


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("SSL handshake failed: certificate verify failed", "PRODUCER_TLS_CA"),
        ("SASL authentication error: invalid credentials", "password"),
        ("Connection refused", "brokers run"),
    ],
)
def test_advice_fits_the_trouble(reason: str, says: str) -> None:
    """What to check for a certificate, a password, a port."""
    assert says in advice(reason)
