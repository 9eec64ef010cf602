"""A document is at its destination, whole, before the mapping goes on; what was not written is an error."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from comboio.host.disk import Disk
from consumer.on_failure.destination import DirectoryDestination, NotWrittenError, S3Destination
from consumer.on_failure.where import destination
from tests.support.faulty_disk import FaultyCalls, sound_disk


@pytest.fixture
def client() -> Any:
    return boto3.client("s3", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106 (no secret)


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_directory_keeps_documents_whole(tmp_path: Path) -> None:
    """Whichever call of a write fails, it is an error, and no part of a document stays: each try has a key of its own,
    and a full disk would fill up further."""
    calls = FaultyCalls()
    DirectoryDestination(tmp_path / "0", Disk(calls)).write("aws/lambda/x", b"content")
    for number in range(1, calls.made + 1):
        calls.made, calls.fail_at = 0, number
        with pytest.raises(NotWrittenError, match="No space left"):
            DirectoryDestination(tmp_path / str(number), Disk(calls)).write("aws/lambda/x", b"content")
        calls.fail_at = -1
        assert [path.name for path in (tmp_path / str(number)).rglob("*") if path.is_file()] in ([], ["x"])
    assert (tmp_path / "0" / "aws/lambda/x").read_bytes() == b"content"


class Synced(FaultyCalls):
    """Calls that note what was synced."""

    def __init__(self) -> None:
        super().__init__()
        self.synced: list[Path] = []

    def sync(self, file: int) -> None:
        super().sync(file)
        self.synced.append(Path(f"/proc/self/fd/{file}").readlink())


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_document_outlives_the_machine_before_its_records_are_committed(tmp_path: Path) -> None:
    """Its bytes are synced, and its name, and those of the directories that were made for it; one that could not be is
    synced by the next document."""
    calls = Synced()
    kept = DirectoryDestination(tmp_path / "kept", Disk(calls))
    kept.write("a/b/x", b"content")
    names = [tmp_path / "kept/a/b", tmp_path / "kept/a", tmp_path / "kept", tmp_path]
    assert calls.synced == [tmp_path / "kept/a/b/x.new", *names]
    calls.synced.clear()
    kept.write("a/b/y", b"content")
    assert calls.synced == [tmp_path / "kept/a/b/y.new", tmp_path / "kept/a/b"]
    calls.synced.clear()
    calls.made, calls.fail_at = 0, 12  # the sync of the directory above the one that was made
    with pytest.raises(NotWrittenError):
        kept.write("a/c/z", b"content")
    kept.write("a/c/z", b"content")
    assert calls.synced[-2:] == [tmp_path / "kept/a/c", tmp_path / "kept/a"]


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_directory_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """The mapping must know, since it keeps the records then."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(NotWrittenError, match="file"):
        DirectoryDestination(blocked, sound_disk()).write("key", b"content")


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_directory_stays_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler in this process may change the working directory."""
    monkeypatch.chdir(tmp_path)
    found = destination("discarded", {})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found.write("key", b"content")
    assert (tmp_path / "discarded" / "key").read_bytes() == b"content"


@pytest.mark.parametrize(("prefix", "key"), [("", "aws/k"), ("a/b", "a/b/aws/k"), ("/a/", "a/aws/k")])
def test_a_bucket_gets_the_document_under_its_prefix(client: Any, prefix: str, key: str) -> None:
    """The object is JSON, below the prefix, with no slash too many."""
    with Stubber(client) as stub:
        expected = {"Bucket": "b", "Key": key, "Body": b"{}", "ContentType": "application/json"}
        stub.add_response("put_object", {}, expected)
        S3Destination(client, "b", prefix).write("aws/k", b"{}")
        stub.assert_no_pending_responses()


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "SlowDown", "InternalError"])
def test_a_bucket_that_refuses_says_so_without_the_document(client: Any, code: str) -> None:
    """The mapping keeps the records then; the error names the object, and shows none of it."""
    with Stubber(client) as stub, pytest.raises(NotWrittenError, match="s3://b/p/k") as caught:
        stub.add_client_error("put_object", code, http_status_code=403)
        S3Destination(client, "b", "p").write("k", b"S3cret")
    assert "S3cret" not in str(caught.value)


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_an_unreachable_bucket_says_so() -> None:
    """A network that is down is no success either."""

    class Down:
        def put_object(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://s3.invalid")

    with pytest.raises(NotWrittenError, match="s3://b/k"):
        S3Destination(Down(), "b", "").write("k", b"{}")
