"""The AWS Glue Schema Registry: GetSchemaVersion by its id."""

import time
from collections.abc import Callable

from comboio.aws.json_api import AwsError, JsonApi, Service
from comboio.message.registry.registry import Registered, RegistryUnavailableError

GLUE = Service("glue", "AWSGlue", "1.1")

UNKNOWN = frozenset({"EntityNotFoundException", "InvalidInputException"})


class GlueRegistry:
    """The account's registries; a schema version's id is enough to find it."""

    def __init__(self, api: JsonApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock

    def schema(self, name: str, timeout_s: float) -> Registered | None:
        """See SchemaSource."""
        try:
            found = self._api.call("GetSchemaVersion", {"SchemaVersionId": name}, until=self._clock() + timeout_s)
        except AwsError as error:
            if error.code in UNKNOWN:
                return None
            raise RegistryUnavailableError(
                f"The Glue schema registry did not answer: {error}. Check the function's permission "
                "glue:GetSchemaVersion."
            ) from None
        text = found.get("SchemaDefinition")
        if not isinstance(text, str):
            raise RegistryUnavailableError("The Glue schema registry answered without a schema.")
        return Registered(text)
