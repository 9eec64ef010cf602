"""The command that makes records new again."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console

from comboio.contract.cluster import cluster_id, cluster_of
from comboio.ledger.ledger import Incomplete, Ledger
from comboio.ledger.memory import MemoryLedgerStore
from ops.ledger_clusters import ClusterUnclearError, id_of
from ops.rewind import Ledgers, RewindRefusedError, rewind_partition, run

CLUSTER = "arn:aws:kafka:us-east-1:1:cluster/c/1"
PART = f"{cluster_id(CLUSTER)}/t-0"
NOW = 1_795_359_600_000
LEDGER = Ledger(0, 100, NOW - 5_000, {40: Incomplete(1, NOW), 80: Incomplete(2, NOW)}, ((50, 52), (70, 79)), NOW)


@pytest.fixture
def store() -> MemoryLedgerStore:
    """Partition t-0 as LEDGER says, nobody's at the moment."""
    store = MemoryLedgerStore()
    store.claim(PART, "a", NOW - 9_000, NOW - 1, ())
    store.settle(PART, "a", LEDGER, 0)
    return store


def command(
    store: MemoryLedgerStore, line: str, now: int = NOW, clusters: Sequence[str] = (cluster_id(CLUSTER),)
) -> tuple[int, str]:
    """Return the command's status and what it printed; `clusters` are those with a ledger of t-0."""
    said = io.StringIO()
    ledgers = Ledgers(store, lambda partition: set(clusters) if partition == "t-0" else set())
    status = run(line.split(), lambda table: ledgers, Console(file=said, width=120), now)
    return status, said.getvalue()


@pytest.mark.parametrize("named", [CLUSTER, cluster_id(CLUSTER)])
def test_a_cluster_may_be_named(store: MemoryLedgerStore, named: str) -> None:
    """A cluster that is named by its ARN or its id is the one whose ledger is rewound, and is shown."""
    status, said = command(store, f"--cluster {named} --partition t-0 --to 71", clusters=())
    assert (status, named in said, f"Cluster {cluster_id(CLUSTER)}" in said, "t-0" in said) == (0, True, True, True)


def test_servers_may_be_named_in_any_order() -> None:
    """A self-managed cluster is known by its bootstrap servers, however they are written."""
    name = cluster_of({"bootstrapServers": "b:2,a:1"})
    assert id_of("b:2, a:1") == id_of("a:1,b:2") == id_of("a:1;b:2") == cluster_id(name)


def test_the_only_cluster_need_not_be_named(store: MemoryLedgerStore) -> None:
    """Where one cluster has a ledger of the partition, that is the one, and it is shown."""
    status, said = command(store, "--partition t-0 --to 71")
    assert (status, f"Cluster {cluster_id(CLUSTER)}" in said) == (0, True)


@pytest.mark.parametrize(("clusters", "says"), [((), "no ledger"), (("aaaaaaaaaa", "bbbbbbbbbb"), "--cluster")])
def test_a_cluster_that_is_not_clear_is_asked_for(store: MemoryLedgerStore, clusters: Any, says: str) -> None:
    """With no cluster, or with several, the command says what to name, and rewinds nothing."""
    with pytest.raises(ClusterUnclearError, match=says):
        command(store, "--partition t-0 --to 71 --yes", clusters=clusters)
    assert store.ledger(PART) == LEDGER


def test_without_yes_it_is_a_look(store: MemoryLedgerStore) -> None:
    """Without --yes the command shows the partition before and after, and what else to do, and writes nothing."""
    status, said = command(store, "--partition t-0 --to 71 --table T")
    assert (status, store.ledger(PART)) == (0, LEDGER)
    assert "Nothing was changed" in said and "100" in said and "71" in said
    assert "--topic t:0" in said and "--to-offset 71" in said


def test_with_yes_exactly_the_rest_is_new(store: MemoryLedgerStore) -> None:
    """A rewind keeps what is unfinished below the offset, forgets what is above, and releases the lease."""
    assert command(store, "--partition t-0 --to 71 --table T --yes")[0] == 0
    found = store.claim(PART, "b", NOW, NOW + 9, ())
    assert found is not None and replace(found, delivered=()) == Ledger(
        0, 71, NOW - 5_000, {40: Incomplete(1, NOW)}, ((50, 52), (70, 70)), NOW
    )


def test_a_file_of_kafka_s_gives_each_partition_its_offset(store: MemoryLedgerStore, tmp_path: Path) -> None:
    """The offsets that Kafka exported are those the ledger and then the group go back to, by one file."""
    other = PART.replace("t-0", "t-10")
    store.claim(other, "a", NOW - 9_000, NOW - 1, ())
    store.settle(other, "a", Ledger(0, 50, NOW - 5_000), 0)
    offsets = tmp_path / "offsets.csv"
    offsets.write_text("t,0,71\nt,10,49\n", encoding="utf-8")
    status, said = command(store, f"--offsets {offsets} --yes")
    assert (status, f"--from-file {offsets}" in said.replace("\n", "")) == (0, True)
    assert [store.ledger(part).next for part in (PART, other)] == [71, 49]


def test_what_a_file_finds_new_already_hinders_no_other(store: MemoryLedgerStore, tmp_path: Path) -> None:
    """A partition with nothing so late, or without a ledger, is named and passed over; the others are rewound."""
    offsets = tmp_path / "offsets.csv"
    offsets.write_text("t,0,71\nt,1,0\n", encoding="utf-8")
    status, said = command(store, f"--offsets {offsets} --yes")
    assert (status, store.ledger(PART).next, "t-1 has no ledger" in said) == (0, 71, True)


@pytest.mark.robustness("commands in a race with the function")
def test_of_a_file_none_goes_if_one_is_in_use(store: MemoryLedgerStore, tmp_path: Path) -> None:
    """A partition that an invocation has stops all of a file's, before anything is written."""
    other = PART.replace("t-0", "t-1")
    store.claim(other, "invocation-7", NOW, NOW + 20_000, ())
    offsets = tmp_path / "offsets.csv"
    offsets.write_text("t,0,71\nt,1,0\n", encoding="utf-8")
    status, said = command(store, f"--offsets {offsets} --yes")
    assert (status, store.ledger(PART), "invocation-7" in said) == (1, LEDGER, True)


def test_a_file_with_nothing_to_rewind_is_no_success(store: MemoryLedgerStore, tmp_path: Path) -> None:
    """A file of another cluster or topic, of which the table knows nothing, ends with status 1."""
    offsets = tmp_path / "offsets.csv"
    offsets.write_text("t,7,71\n", encoding="utf-8")
    assert command(store, f"--cluster {CLUSTER} --offsets {offsets} --yes")[0] == 1


@pytest.mark.robustness("commands in a race with the function")
def test_a_live_owner_is_left_alone(store: MemoryLedgerStore) -> None:
    """A partition whose lease an invocation has is not rewound until the lease ends; the message names both."""
    store.claim(PART, "invocation-7", NOW, NOW + 20_000, ())
    status, said = command(store, "--partition t-0 --to 71 --table T --yes")
    assert (status, store.ledger(PART)) == (1, LEDGER)
    assert "invocation-7" in said and "20 s" in said
    assert command(store, "--partition t-0 --to 71 --table T --yes", NOW + 20_000)[0] == 0


@pytest.mark.robustness("commands in a race with the function")
def test_of_several_none_goes_if_one_may_not(store: MemoryLedgerStore) -> None:
    """A partition without a ledger stops the others too, before anything is written."""
    status, said = command(store, "--partition t-0 --partition t-9 --to 71 --table T --yes")
    assert (status, store.ledger(PART)) == (1, LEDGER)
    assert "t-9 has no ledger" in said


def test_what_is_new_already_needs_no_rewind(store: MemoryLedgerStore) -> None:
    """An offset that was never reached is refused, since it is likely a mistake."""
    status, said = command(store, "--partition t-0 --to 100 --table T --yes")
    assert status == 1 and "nothing to rewind" in said


@pytest.mark.robustness("commands in a race with the function")
def test_an_owner_of_before_settles_no_more(store: MemoryLedgerStore) -> None:
    """An invocation that outlived its lease cannot undo the rewind."""
    store.claim(PART, "late", NOW - 5, NOW - 1, ())
    rewind_partition(store, PART, 71, NOW)
    assert not store.settle(PART, "late", Ledger(0, 500), 0)


@pytest.mark.robustness("commands in a race with the function")
def test_an_invocation_that_comes_between_wins(store: MemoryLedgerStore) -> None:
    """Whoever takes the partition between the look and the write keeps it."""
    store.claim(PART, "quick", NOW, NOW + 9, ())
    with pytest.raises(RewindRefusedError, match="taken"):
        rewind_partition(store, PART, 71, NOW)


@pytest.mark.parametrize(
    "line",
    [
        "--partition t --to 5 --table T",
        "--partition t-x --to 5 --table T",
        "--partition t-0 --to -5 --table T",
        "--partition t-0 --to 1e3 --table T",
        "--partition t-0 --table T",
        "--partition t-0 --partition u-0 --to 5 --table T",
        "--partition t-0 --to 5 --offsets offsets.csv",
        "--table T",
    ],
)
def test_wrong_use_stops(store: MemoryLedgerStore, line: str, capsys: Any) -> None:
    """What is no partition or no offset ends with status 2, and writes nothing."""
    with pytest.raises(SystemExit) as stopped:
        command(store, line)
    assert stopped.value.code == 2
    assert store.ledger(PART) == LEDGER
