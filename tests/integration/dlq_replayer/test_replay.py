"""Replays over the local AWS: what was asked for goes, once, and all else stays as it was."""

import json
import threading

import pytest

from comboio.contract.dead_letter import DeadLetter
from dlq_replayer.replayer import Answer
from tests.integration.dlq_replayer.world import World, letter


@pytest.mark.robustness("two replayers at once")
def test_two_replayers_at_once_replay_each_letter_once(world: World) -> None:
    """2,000 letters, some of them in the queue twice: each reaches its destination once, and the queue is empty."""
    letters = [letter(offset) for offset in range(1_900)]
    world.bury(*letters, *letters[:100])
    answers: list[Answer] = []

    def replay() -> None:
        answers.append(world.ask(action="replay", order="none", environ={"REPLAYER_WINDOW": "300"}))

    replayers = [threading.Thread(target=replay) for _ in range(2)]
    for each in replayers:
        each.start()
    for each in replayers:
        each.join()
    arrived = world.dispatched()
    assert len(arrived) == len(set(arrived)) == 1_900
    if world.bodies(world.dlq):  # a copy whose twin was in the other's hands: left, and found done now
        world.ask(action="replay")
    assert len(world.dispatched()) == 1_900
    assert world.bodies(world.dlq) == []
    assert all(answer["counts"]["replayed"] > 0 for answer in answers)
    assert sum(answer["counts"]["replayed"] for answer in answers) == 1_900


def test_letters_of_one_key_arrive_oldest_first(world: World) -> None:
    """Letters of a key arrive in order over several batches, however they lie in the queue."""
    letters = [letter(offset, topic="ordered", partition=0) for offset in range(60)]
    world.bury(*letters[::-1])
    world.ask(action="replay", environ={"REPLAYER_BATCH": "7"})
    assert world.dispatched() == [f"e-{offset}" for offset in range(60)]


def test_only_what_the_filter_takes_goes_and_the_rest_is_visible_at_once(world: World) -> None:
    """All letters that a run leaves may be received by anybody as soon as it ends, however often that happens."""
    world.bury(*(letter(offset) for offset in range(40)), *(letter(100 + each, 301) for each in range(5)))
    for _ in range(4):
        world.ask(action="replay", filter={"codigo": 302})
    answer = world.ask(action="replay", filter={"codigo": 301})
    assert (answer["counts"]["replayed"], answer["counts"]["unmatched"]) == (5, 40)
    assert sorted(world.dispatched()) == [f"e-{100 + each}" for each in range(5)]
    assert world.visible(world.dlq) == len(world.bodies(world.dlq)) == 40


def test_inspect_and_dry_run_touch_nothing(world: World) -> None:
    """Inspects and dry runs count, and every message is there and visible afterwards."""
    world.bury(*(letter(offset) for offset in range(12)), "foreign")
    inspected = world.ask(action="inspect", bodies=True, samples=1)
    assert inspected["histogram"]["codigo"] == {"300": 12}
    assert json.loads(inspected["samples"][0]["value"])["codigo"] == 300
    for action in ("replay", "park", "purge"):
        assert world.ask(action=action, dry_run=True)["counts"]["would"] == 12
    assert world.visible(world.dlq) == 13
    assert world.dispatched() == world.bodies(world.parking) == []


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "{}",
        letter(0).to_json().replace('"comboio_dead_letter":2', '"comboio_dead_letter":9'),
        '{"comboio_dead_letter_at":{"bucket":"no-such-bucket","key":"k"}}',
        '{"comboio_dead_letter_at":5}',
        "[" * 50_000,
    ],
    ids=range(6),
)
def test_a_foreign_message_is_reported_and_parked_as_it_came(world: World, text: str) -> None:
    """A foreign message is never deleted, holds up no other, and is not taken by a purge."""
    world.bury(text, letter(1))
    confirmed = world.ask(action="inspect", filter={"codigo": 999})
    world.ask(action="purge", filter={"codigo": 999}, confirm=confirmed["confirmation"])
    assert len(world.bodies(world.dlq)) == 2
    answer = world.ask(action="replay")
    assert (answer["counts"]["foreign"], answer["counts"]["parked"], answer["counts"]["replayed"]) == (1, 1, 1)
    assert answer["foreign"][0]["flaw"]
    assert list(world.bodies(world.parking)) == [text]
    assert world.bodies(world.dlq) == []


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_letter_that_dies_again_counts_and_is_parked_in_the_end(world: World) -> None:
    """A letter that dies again is tried once in each run, and parked after the maximum of replays."""
    world.bury(letter(1, codigo=999))
    for count in (1, 2):
        assert world.ask(action="replay", max_replays=2)["counts"]["died_again"] == 1
        assert [DeadLetter.from_json(body).replay_count for body in world.bodies(world.dlq)] == [count]
    assert world.ask(action="replay", max_replays=2)["counts"]["parked"] == 1
    assert world.bodies(world.dlq) == []
    assert len(world.bodies(world.parking)) == 1


def test_a_letter_too_large_for_sqs_is_replayed_through_its_pointer(world: World) -> None:
    """A large letter is read from S3, and its parked pointer still leads there."""
    large = letter(1)
    world.s3.put_object(Bucket=world.bucket, Key="dead-letters/x.json", Body=large.to_json().encode())
    world.bury(json.dumps({"comboio_dead_letter_at": {"bucket": world.bucket, "key": "dead-letters/x.json"}}))
    assert world.ask(action="park")["counts"]["parked"] == 1
    assert world.ask(action="replay", source="parking")["counts"]["replayed"] == 1
    assert world.dispatched() == ["e-1"]
    assert world.bodies(world.parking) == []
