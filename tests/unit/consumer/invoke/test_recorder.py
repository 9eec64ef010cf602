"""What `--record` leaves behind: every event as the function got it, what came of it, and never a fault of the work."""

import gzip
import json
import logging
import shutil
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from consumer.event import ConsumedRecord, EventSource
from consumer.event_json import event_json
from consumer.invoke.invoke import InvocationError
from consumer.invoke.recorder import COMPRESSED_FROM_BYTES, Recorder
from tests.support.kafka_records import SOURCE, record

LOG = logging.getLogger("tests.recorder")
BATCH = [record("t-0", 1)._replace(key=b"k", value=None, headers=[("h", bytes(range(256)))]), record("t-1", 2)]


class Function:
    """An invoker that does what a test says, and keeps how often it was called."""

    function_arn = "arn:f"

    def __init__(self, answer: Callable[[], Any] = dict) -> None:
        self.answer = answer
        self.calls = 0

    def deliver(self, batch: Sequence[ConsumedRecord], source: EventSource, request_id: str) -> Any:
        self.calls += 1
        return self.answer()


def written(folder: Path) -> dict[str, bytes]:
    """Return the files of a recording."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def nested(depth: int) -> Any:
    """Return lists in lists."""
    answer: Any = []
    for _ in range(depth):
        answer = [answer]
    return answer


def test_the_event_and_the_answer_are_files(tmp_path: Path) -> None:
    """The event is the function's, byte by byte; the answer goes on to the mapping, and stands beside it."""
    answer = {"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": 1}}]}
    recorder = Recorder(Function(lambda: answer), tmp_path / "new" / "folder", LOG)
    assert recorder.deliver(BATCH, SOURCE, "id") == answer
    found = written(tmp_path / "new" / "folder")
    assert found["000001.event.json"] == event_json(BATCH, SOURCE)
    assert json.loads(found["000001.answer.json"]) == {"answer": answer}
    assert len(found) == 2


def test_a_large_event_is_compressed_and_the_same_one_is_the_same_file(tmp_path: Path) -> None:
    """A full batch is small on disk, and nothing of it is lost; no time of day makes two files differ."""
    batch = [record("t-0", 1)._replace(value=bytes(COMPRESSED_FROM_BYTES))]
    recorder = Recorder(Function(), tmp_path, LOG)
    for _ in range(2):
        recorder.deliver(batch, SOURCE, "id")
    first, second = (tmp_path / f"00000{number}.event.json.gz" for number in (1, 2))
    assert gzip.decompress(first.read_bytes()) == event_json(batch, SOURCE)
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < COMPRESSED_FROM_BYTES / 100


def test_a_function_that_fails_leaves_its_event_and_its_error(tmp_path: Path) -> None:
    """The error goes on to the mapping as it was, with whether the function was reached."""
    error = InvocationError("the function was stopped", reached=False)

    def fail() -> Any:
        assert (tmp_path / "000001.event.json").exists(), "the event is not on disk before the function has it"
        raise error

    with pytest.raises(InvocationError) as caught:
        Recorder(Function(fail), tmp_path, LOG).deliver(BATCH, SOURCE, "id")
    assert caught.value is error
    assert json.loads(written(tmp_path)["000001.answer.json"]) == {"error": "the function was stopped"}


def test_an_answer_that_json_cannot_say_goes_on_to_the_mapping(tmp_path: Path) -> None:
    """Lists ten thousand deep are the mapping's to judge; the recording says that there was such an answer."""
    answer = nested(10_000)
    recorder = Recorder(Function(lambda: answer), tmp_path, LOG)
    assert recorder.deliver(BATCH, SOURCE, "id") is answer
    assert "cannot be written" in json.loads(written(tmp_path)["000001.answer.json"])["error"]
    recorder.deliver(BATCH, SOURCE, "id")
    assert "000002.event.json" in written(tmp_path)


def test_a_recording_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    """A consumer that starts again keeps what is there, whatever else lies in the directory."""
    (tmp_path / "000041.event.json.gz").touch()
    (tmp_path / "notes.txt").touch()
    Recorder(Function(), tmp_path, LOG).deliver(BATCH, SOURCE, "id")
    assert {"000041.event.json.gz", "000042.event.json", "000042.answer.json"} < written(tmp_path).keys()


def test_invocations_at_a_time_never_share_a_number(tmp_path: Path) -> None:
    """Each of many concurrent invocations has its own event and its own answer."""
    answers = iter(range(200))
    recorder = Recorder(Function(lambda: next(answers)), tmp_path, LOG)
    with ThreadPoolExecutor(5) as pool:
        got = sorted(pool.map(lambda _: recorder.deliver(BATCH, SOURCE, "id"), range(200)))
    kept = sorted(json.loads(text)["answer"] for name, text in written(tmp_path).items() if "answer" in name)
    assert got == kept == list(range(200))
    assert len(written(tmp_path)) == 400


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_disk_that_takes_nothing_ends_the_recording_and_not_the_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The function is invoked and its answer goes on; the log says so once."""
    function = Function(lambda: "done")
    recorder = Recorder(function, tmp_path / "gone", LOG)
    shutil.rmtree(tmp_path / "gone")
    assert [recorder.deliver(BATCH, SOURCE, "id") for _ in range(3)] == ["done"] * 3
    assert function.calls == 3
    assert [entry.levelname for entry in caplog.records].count("ERROR") == 1
    assert "the service goes on" in caplog.text


def test_two_consumers_in_one_directory_overwrite_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The second one's recording ends, and says why."""
    first, second = (Recorder(Function(lambda: "done"), tmp_path, LOG) for _ in range(2))
    first.deliver(BATCH, SOURCE, "id")
    before = written(tmp_path)
    assert second.deliver(BATCH, SOURCE, "id") == "done"
    assert written(tmp_path) == before
    assert "another consumer records there" in caplog.text


@pytest.mark.robustness("secrets that an error or a table could show")
def test_nobody_else_may_read_the_messages(tmp_path: Path) -> None:
    """Events have the messages: directory and files are the user's alone."""
    Recorder(Function(), tmp_path / "r", LOG).deliver(BATCH, SOURCE, "id")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "r", *(tmp_path / "r").iterdir())]
    assert modes == [0o700, 0o600, 0o600]


def test_a_place_where_no_directory_can_be_is_a_wrong_option(tmp_path: Path) -> None:
    """The command ends with the status of a wrong option, as for any other file."""
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Recorder(Function(), tmp_path / "file" / "r", LOG)
