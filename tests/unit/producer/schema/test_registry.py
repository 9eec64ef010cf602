"""What the producer asks a registry at its start, and what each answer means."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from comboio.message.registry.confluent import ConfluentRegistry
from comboio.message.registry.registry import Registered, RegistryUnavailableError
from comboio.message.registry.registry_api import RegistryApi, RegistryStatusError
from producer.schema.encode import SchemaError
from producer.schema.registry import Subjects, Wanted


class Script(RegistryApi):
    """Gives the answers of a script, one after the other, the last one for ever; remembers what was asked."""

    def __init__(self, *answers: Any) -> None:
        """Begin with the first."""
        super().__init__("http://127.0.0.1:9")
        self.answers: Iterator[Any] = iter(answers)
        self.last: Any = None
        self.asked: list[tuple[str, object]] = []

    def get(self, path: str, until: float) -> Any:
        """See RegistryApi."""
        return self._next(path, None)

    def post(self, path: str, question: object, until: float) -> Any:
        """See RegistryApi."""
        return self._next(path, question)

    def _next(self, path: str, question: object) -> Any:
        self.asked.append((path, question))
        self.last = next(self.answers, self.last)
        if isinstance(self.last, Exception):
            raise self.last
        return self.last


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.now = 0.0

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


AVRO = Wanted("AVRO", "latest")
AWAY = RegistryUnavailableError("The schema registry did not answer.")


def asked(wanted: Wanted, *answers: Any, until: float = 10.0) -> tuple[int, Script]:
    """Return the id that comes of these answers."""
    script, time = Script(*answers), Time()
    subjects = Subjects(script, ConfluentRegistry("http://127.0.0.1:9"), until, time.clock, time.sleep)
    return subjects.schema_id("vehicle/events-value", wanted), script


def test_the_version_that_is_wanted_is_asked_for() -> None:
    """The latest, or the one of a number; nothing is registered."""
    number, script = asked(AVRO, {"id": 7, "version": 3, "schema": "{}"})
    assert (number, script.asked) == (7, [("/subjects/vehicle%2Fevents-value/versions/latest", None)])
    _, script = asked(Wanted("JSON", "12"), {"id": 0, "schemaType": "JSON"})
    assert script.asked == [("/subjects/vehicle%2Fevents-value/versions/12", None)]


@pytest.mark.parametrize(("register", "place"), [(False, ""), (True, "/versions")])
def test_a_schema_of_one_s_own_is_looked_for_or_registered(register: bool, place: str) -> None:
    """Only on purpose is it registered."""
    number, script = asked(Wanted("PROTOBUF", "latest", "message A {}", register), {"id": 5})
    question = {"schemaType": "PROTOBUF", "schema": "message A {}"}
    assert (number, script.asked) == (5, [(f"/subjects/vehicle%2Fevents-value{place}", question)])


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("answer", [AWAY, RegistryStatusError(429), RegistryStatusError(500), RegistryStatusError(302)])
def test_it_is_asked_again_until_its_time_is_over(answer: Exception) -> None:
    """Away, throttled or ill: it has its time in all, and one that comes back within it is used."""
    assert asked(AVRO, answer, answer, {"id": 7})[0] == 7
    with pytest.raises(RegistryUnavailableError) as found:
        asked(AVRO, answer, until=2.0)
    assert found.value is answer


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_not_asked_again(status: int) -> None:
    """No second question changes a password."""
    script = Script(RegistryStatusError(status))
    subjects = Subjects(script, ConfluentRegistry("http://127.0.0.1:9"), 10.0, Time().clock, Time().sleep)
    with pytest.raises(RegistryUnavailableError, match=rf"status {status}\. Check its address and its credentials"):
        subjects.schema_id("t-value", AVRO)
    assert len(script.asked) == 1


def test_what_the_registry_has_not_is_named() -> None:
    """With the way to get it there."""
    with pytest.raises(RegistryUnavailableError, match=r"no version latest of subject .*PRODUCER_SCHEMA_REGISTER=true"):
        asked(AVRO, None)
    with pytest.raises(RegistryUnavailableError, match=r"not have the schema of PRODUCER_SCHEMA_FILE under subject"):
        asked(Wanted("AVRO", "latest", "{}"), None)


@pytest.mark.parametrize("status", [409, 422])
def test_a_schema_that_it_does_not_take_is_an_operator_s_to_correct(status: int) -> None:
    """It is not asked again."""
    with pytest.raises(SchemaError, match=r"does not take .* compatible with the versions before it"):
        asked(Wanted("AVRO", "latest", "{}", register=True), RegistryStatusError(status))


@pytest.mark.parametrize(
    ("wanted", "kind"), [(AVRO, "PROTOBUF"), (Wanted("JSON", "1"), None), (Wanted("PROTOBUF", "1"), "JSON")]
)
def test_a_schema_of_another_kind_is_refused(wanted: Wanted, kind: str | None) -> None:
    """A registry that says no kind means Avro."""
    with pytest.raises(SchemaError, match=f"of type {kind or 'AVRO'}, and PRODUCER_FORMAT asks for {wanted.kind}"):
        asked(wanted, {"id": 1, **({"schemaType": kind} if kind else {})})


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("answer", [{}, {"id": "7"}, {"id": -1}, {"id": 2**32}, {"id": True}, [], 5, ""])
def test_an_answer_without_an_id_is_the_registry_s_trouble(answer: Any) -> None:
    """Whatever it is."""
    with pytest.raises(RegistryUnavailableError, match="without an id"):
        asked(AVRO, answer)


def test_a_schema_that_goes_away_between_two_questions_is_named() -> None:
    """It is deleted just then, or the registry is two."""

    class Gone(ConfluentRegistry):
        def schema(self, name: str, timeout_s: float) -> Registered | None:
            return None if json.loads(name) == 7 else Registered("{}")

    subjects = Subjects(Script(), Gone("http://127.0.0.1:9"), 10.0, Time().clock, Time().sleep)
    assert subjects.schema(8) == Registered("{}")
    with pytest.raises(RegistryUnavailableError, match="no schema 7, though"):
        subjects.schema(7)
