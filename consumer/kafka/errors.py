"""Which of the client's errors end the service: those that it does not recover from by itself."""

from confluent_kafka import KafkaError

from consumer.failure import ServiceFailedError

ADVICE = {
    KafkaError.FENCED_INSTANCE_ID: "Another consumer has the same group.instance.id; give each its own.",
    KafkaError.UNKNOWN_MEMBER_ID: "The group no longer knows this consumer.",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "Check that this consumer's principal may read the topics.",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "Check that this consumer's principal may read the group.",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "Check what this consumer's principal may do in the cluster.",
    KafkaError.INCONSISTENT_GROUP_PROTOCOL: "Other consumers of the group have another CONSUMER_ASSIGNMENT.",
    KafkaError.INVALID_GROUP_ID: "Check CONSUMER_GROUP_ID.",
    KafkaError.INVALID_SESSION_TIMEOUT: "Check CONSUMER_SESSION_TIMEOUT_S against the broker's limits.",
    KafkaError.GROUP_MAX_SIZE_REACHED: "The group has as many consumers as the broker allows.",
    KafkaError.SASL_AUTHENTICATION_FAILED: "Check the security options.",
    KafkaError.UNSUPPORTED_SASL_MECHANISM: "Check the security options.",
    KafkaError.SECURITY_DISABLED: "Check the security options.",
    KafkaError.UNSUPPORTED_VERSION: "The brokers are too old for this client.",
}
"""By the codes of errors that last, what to check."""

RECOVERED_BY_REJOINING = {KafkaError.UNKNOWN_MEMBER_ID}
"""Codes that a commit may end in during a rebalance: the client joins the group again by itself."""

AUTHENTICATION_S = 60.0
"""Seconds that authentication may fail without a success in between, before the service ends: credentials may be in
rotation, and a token's service away for a moment."""

AUTHENTICATION_GAP_S = 20.0
"""Seconds between two failures after which they count as two troubles. The client tries again every 10 s at least."""


class GroupError(ServiceFailedError):
    """The Kafka client cannot go on."""


def lasting_error(error: KafkaError, *, of_a_commit: bool = False) -> GroupError | None:
    """Return what to end the service with, or None if the client recovers from this error by itself."""
    code = error.code()
    if of_a_commit and code in RECOVERED_BY_REJOINING:
        return None
    if error.fatal() or code == KafkaError._FATAL or code in ADVICE:
        advice = ADVICE.get(code, "Start the service again.")
        return GroupError(f"The Kafka client cannot go on: {error.str()}. {advice} What was done is committed.")
    return None


class AuthenticationTrouble:
    """Knows for how long authentication has failed."""

    def __init__(self) -> None:
        self._first = self._last = float("-inf")

    def failed(self, reason: str, now: float) -> GroupError | None:
        """Note a failure; return what to end the service with if it lasts."""
        if now - self._last > AUTHENTICATION_GAP_S:
            self._first = now
        self._last = now
        if now - self._first < AUTHENTICATION_S:
            return None
        return GroupError(
            f"Kafka has not accepted this consumer's credentials for {now - self._first:.0f} s: {reason}. "
            "Check the security options and the credentials."
        )

    def succeeded(self) -> None:
        """Note that the cluster takes the credentials."""
        self._first = self._last = float("-inf")
