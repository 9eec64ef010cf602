"""Replays over the local AWS: what was asked for goes, once, and all else stays as it was."""

import json
import threading

import pytest

from comboio.contract.dead_letter import DeadLetter
from dlq_replayer.replayer import Answer
from tests.integration.dlq_replayer.deployed_replayer import DeployedReplayer, letter


@pytest.mark.robustness("two replayers at once")
def test_two_replayers_at_once_replay_each_letter_once(deployed: DeployedReplayer) -> None:
    """300 letters, some of them in the queue twice: each reaches its destination once, and the queue is empty."""
    letters = [letter(offset) for offset in range(270)]
    deployed.put(*letters, *letters[:30])
    answers: list[Answer] = []

    def replay() -> None:
        answers.append(deployed.ask(action="replay", order="none", environ={"REPLAYER_WINDOW": "45"}))

    replayers = [threading.Thread(target=replay) for _ in range(2)]
    for each in replayers:
        each.start()
    for each in replayers:
        each.join()
    arrived = deployed.dispatched()
    assert len(arrived) == len(set(arrived)) == 270
    if deployed.bodies(deployed.dlq):  # a copy whose twin was in the other's hands: left, and found done now
        deployed.ask(action="replay")
    assert len(deployed.dispatched()) == 270
    assert deployed.bodies(deployed.dlq) == []
    assert all(answer["counts"]["replayed"] > 0 for answer in answers)
    assert sum(answer["counts"]["replayed"] for answer in answers) == 270


def test_letters_of_one_key_arrive_oldest_first(deployed: DeployedReplayer) -> None:
    """Letters of a key arrive in order over several batches, however they lie in the queue."""
    letters = [letter(offset, topic="ordered", partition=0) for offset in range(60)]
    deployed.put(*letters[::-1])
    deployed.ask(action="replay", environ={"REPLAYER_BATCH": "7"})
    assert deployed.dispatched() == [f"e-{offset}" for offset in range(60)]


def test_only_what_the_filter_takes_goes_and_the_rest_is_visible_at_once(deployed: DeployedReplayer) -> None:
    """All letters that a run leaves may be received by anybody as soon as it ends, however often that happens."""
    deployed.put(*(letter(offset) for offset in range(40)), *(letter(100 + each, 301) for each in range(5)))
    for _ in range(4):
        deployed.ask(action="replay", filter={"codigo": 302})
    answer = deployed.ask(action="replay", filter={"codigo": 301})
    assert (answer["counts"]["replayed"], answer["counts"]["unmatched"]) == (5, 40)
    assert sorted(deployed.dispatched()) == [f"e-{100 + each}" for each in range(5)]
    assert deployed.visible(deployed.dlq) == len(deployed.bodies(deployed.dlq)) == 40


def test_inspect_and_dry_run_touch_nothing(deployed: DeployedReplayer) -> None:
    """Inspects and dry runs count, and every message is there and visible afterwards."""
    deployed.put(*(letter(offset) for offset in range(12)), "foreign")
    inspected = deployed.ask(action="inspect", bodies=True, samples=1)
    assert inspected["histogram"]["codigo"] == {"300": 12}
    assert json.loads(inspected["samples"][0]["value"])["codigo"] == 300
    for action in ("replay", "park", "purge"):
        assert deployed.ask(action=action, dry_run=True)["counts"]["would"] == 12
    assert deployed.visible(deployed.dlq) == 13
    assert deployed.dispatched() == deployed.bodies(deployed.parking) == []


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "{}",
        letter(0).to_json().replace('"comboio_dead_letter":3', '"comboio_dead_letter":9'),
        '{"comboio_dead_letter_at":{"bucket":"no-such-bucket","key":"k"}}',
        '{"comboio_dead_letter_at":5}',
        "[" * 50_000,
    ],
    ids=range(6),
)
def test_a_foreign_message_is_reported_and_parked_as_it_came(deployed: DeployedReplayer, text: str) -> None:
    """A foreign message is never deleted, holds up no other, and is not taken by a purge."""
    deployed.put(text, letter(1))
    confirmed = deployed.ask(action="inspect", filter={"codigo": 999})
    deployed.ask(action="purge", filter={"codigo": 999}, confirm=confirmed["confirmation"])
    assert len(deployed.bodies(deployed.dlq)) == 2
    answer = deployed.ask(action="replay")
    assert (answer["counts"]["foreign"], answer["counts"]["parked"], answer["counts"]["replayed"]) == (1, 1, 1)
    assert answer["foreign"][0]["flaw"]
    assert list(deployed.bodies(deployed.parking)) == [text]
    assert deployed.bodies(deployed.dlq) == []


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_letter_that_dies_again_counts_and_is_parked_in_the_end(deployed: DeployedReplayer) -> None:
    """A letter that dies again is tried once in each run, and parked after the maximum of replays."""
    deployed.put(letter(1, codigo=999))
    for count in (1, 2):
        assert deployed.ask(action="replay", max_replays=2)["counts"]["died_again"] == 1
        assert [DeadLetter.from_json(body).replay_count for body in deployed.bodies(deployed.dlq)] == [count]
    assert deployed.ask(action="replay", max_replays=2)["counts"]["parked"] == 1
    assert deployed.bodies(deployed.dlq) == []
    assert len(deployed.bodies(deployed.parking)) == 1


def test_a_letter_too_large_for_sqs_is_replayed_through_its_pointer(deployed: DeployedReplayer) -> None:
    """A large letter is read from S3, and its parked pointer still leads there."""
    large = letter(1)
    deployed.s3.put_object(Bucket=deployed.bucket, Key="dead-letters/x.json", Body=large.to_json().encode())
    deployed.put(json.dumps({"comboio_dead_letter_at": {"bucket": deployed.bucket, "key": "dead-letters/x.json"}}))
    assert deployed.ask(action="park")["counts"]["parked"] == 1
    assert deployed.ask(action="replay", source="parking")["counts"]["replayed"] == 1
    assert deployed.dispatched() == ["e-1"]
    assert deployed.bodies(deployed.parking) == []
