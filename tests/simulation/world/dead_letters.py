"""The DLQ of a simulated world: the real writer of letters, a queue that may refuse, and S3 behind it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from comboio.aws.json_api import AwsError
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.letter_pointer import LetterPointer, is_pointer, object_key
from dispatcher.parcel import Parcel
from dispatcher.send.dead_letter_queue import DeadLetterQueue
from tests.simulation.world.place import Place, PlaceOf
from tests.simulation.world.steps import Steps
from tests.support.dispatcher import InlineExecutor

BUCKET = "letters"


class DeadLetterShelf:
    """A DeadLetters, and the queue that it writes to. `script` says which letters the queue refuses."""

    def __init__(self, script: list[bool], steps: Steps, place: PlaceOf, clock: Callable[[], float]) -> None:
        self.letters: list[Place] = []
        """The record of every letter that was ever written."""
        self.reasons: list[str] = []
        self.served: list[tuple[str, ...]] = []
        self.bodies: list[str] = []
        """What lies in the queue now."""
        self.objects: dict[str, str] = {}
        """What lies in S3."""
        self.down = False
        """Whether the queue refuses whatever it is asked."""
        self._script = script
        self._steps = steps
        self._place = place
        self._queue = DeadLetterQueue("https://sqs/dlq", self, InlineExecutor(), self._store_large, clock)  # type: ignore[arg-type]  # a fake

    def write(self, parcels: Sequence[Parcel], now: int, *, within_s: float) -> None:
        """See DeadLetters."""
        self._queue.write(parcels, now, within_s=within_s)

    def call(
        self,
        action: str,
        request: bytes,
        *,
        tries: int | None = None,
        timeout_s: float | None = None,
        until: float | None = None,
    ) -> dict[str, Any]:
        """Carry out SendMessageBatch, or the first half of it."""
        assert action == "SendMessageBatch"
        entries = json.loads(request)["Entries"]

        def carry_out(number: int) -> dict[str, Any]:
            done = [entry["Id"] for entry in entries[:number] if self._keep(entry["MessageBody"])]
            lost = [{"Id": entry["Id"], "Code": "Scripted"} for entry in entries if entry["Id"] not in done]
            return {"Successful": [{"Id": name} for name in done], "Failed": lost}

        return self._steps.take(lambda: carry_out(len(entries)), lambda: carry_out(len(entries) // 2))

    def letter(self, body: str) -> DeadLetter:
        """Return the letter of a body, wherever it lies."""
        return DeadLetter.from_json(self.objects[LetterPointer.from_json(body).key] if is_pointer(body) else body)

    def present(self) -> set[Place]:
        """Return the records whose letters lie in the queue."""
        return {self._place(self.letter(body).record()) for body in self.bodies}

    def _keep(self, body: str) -> bool:
        if self.down or (self._script and self._script.pop()):
            return False
        self.bodies.append(body)
        letter = self.letter(body)
        self.letters.append(self._place(letter.record()))
        self.reasons.append(letter.reason)
        self.served.append(letter.served)
        return True

    def _store_large(self, identity: str, text: str) -> str:
        pointer = LetterPointer(BUCKET, object_key(identity))

        def put() -> str:
            self.objects[pointer.key] = text
            return pointer.to_json()

        try:
            return self._steps.take(put)
        except AwsError as error:
            raise OSError(str(error)) from None
