"""How long options may let a message wait: not for ever."""

_SLOWEST = 0.001
"""Least rate in messages a second: below it a worker would wait for hours, and in the end longer than a timer can."""


def check_waits(rate: float, bytes_rate: float, linger_ms: float, delivery_timeout_ms: int) -> None:
    """Check that every message is sent in the end.

    Raises:
        ValueError: some would not be; the text says which option to change.
    """
    if 0 < rate < _SLOWEST:
        raise ValueError(f"PRODUCER_RATE is 0, for no limit, or at least {_SLOWEST}.")
    if 0 < bytes_rate < 1:
        raise ValueError("PRODUCER_BYTES_RATE is 0, for no limit, or at least 1.")
    if 2 * linger_ms > delivery_timeout_ms:
        raise ValueError(
            "PRODUCER_LINGER_MS is more than half of PRODUCER_DELIVERY_TIMEOUT_MS: messages would be taken back while "
            "they wait for others, over and over. Lower the one, or raise the other."
        )
