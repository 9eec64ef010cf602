"""Advises what to check when Kafka could not be reached."""


def advice(reason: str) -> str:
    """Return what to check when Kafka could not be reached, by the client's own reason."""
    text = reason.lower()
    if "certificate" in text or "ssl handshake" in text:
        return (
            "Check that PRODUCER_TLS_CA has the authority that signed the broker's certificate, that the name in "
            "KAFKA_BOOTSTRAP_SERVERS is in that certificate, and that the port is the one for PRODUCER_SECURITY."
        )
    if "sasl" in text or "authentication" in text or "oauth" in text:
        return (
            "Check PRODUCER_SECURITY, the user and its password (scram), or the role of this host and "
            "PRODUCER_AWS_REGION (msk-iam), and that the port is the one for them."
        )
    return "Check KAFKA_BOOTSTRAP_SERVERS, that the brokers run, and that this host may reach their port."
