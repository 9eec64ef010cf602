"""What is done to a producer's world in a step. Each takes three numbers, which choose among what there is."""

import errno

from confluent_kafka import KafkaError

from tests.simulation.producer.input import LARGE
from tests.simulation.producer.world import World

ERRORS = (errno.EIO, errno.EROFS, errno.EDQUOT)


def write(world: World, lines: int, _: int, __: int) -> str:
    """Write lines."""
    return f"{world.lines.write(1 + lines // 4)} lines"


def write_in_part(world: World, lines: int, _: int, __: int) -> str:
    """Write lines, and the beginning of another."""
    return f"{world.lines.write(1 + lines // 10, in_part=True)} lines and a part of one"


def rotate(world: World, _: int, __: int, ___: int) -> str:
    """Rename the file, and begin a new one."""
    world.lines.rotate()
    return ""


def down(world: World, _: int, __: int, ___: int) -> str:
    """Let no request reach a broker."""
    world.cluster.up = False
    return ""


def mute(world: World, _: int, __: int, ___: int) -> str:
    """Let brokers take what comes, and not answer."""
    world.cluster.mute = True
    return ""


def slow(world: World, seconds: int, _: int, __: int) -> str:
    """Let requests be on their way for long: also those of a process that is no more."""
    world.cluster.slow_s = 1 + seconds / 3
    return f"{world.cluster.slow_s:.0f} s"


def deny(world: World, _: int, __: int, ___: int) -> str:
    """Take the producer's permission away."""
    world.cluster.denied = True
    return ""


def recover(world: World, _: int, __: int, ___: int) -> str:
    """Let brokers work, and the client too."""
    world.cluster.recover()
    world.unhang()
    return ""


def limit(world: World, size: int, by_record: int, _: int) -> str:
    """Let the topics take smaller batches, and say of an invalid record which it is, or not."""
    world.cluster.max_message_bytes = LARGE // 2 + 50 * size
    world.cluster.of_the_record = by_record % 2 == 1
    return f"{world.cluster.max_message_bytes} bytes"


def fatal(world: World, _: int, __: int, ___: int) -> str:
    """Let the client come to an error after which it cannot go on."""
    if world.client is not None:
        world.fatal = True
        world.client.fatal = KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, "simulated", True)
    return ""


def hang(world: World, _: int, __: int, ___: int) -> str:
    """Let the client neither report nor give back anything."""
    world.hang()
    return ""


def full(world: World, room: int, _: int, __: int) -> str:
    """Fill the disk up but for some bytes."""
    world.disk.room = 10 * room
    return f"{world.disk.room} bytes left"


def break_(world: World, which: int, _: int, __: int) -> str:
    """Let the disk refuse everything."""
    world.disk.broken = ERRORS[which % len(ERRORS)]
    return errno.errorcode[world.disk.broken]


def mend(world: World, _: int, __: int, ___: int) -> str:
    """Let the disk work, and have room."""
    world.disk.room, world.disk.broken = None, 0
    return ""


def stop(world: World, _: int, __: int, ___: int) -> str:
    """Send the process SIGTERM."""
    world.stop()
    return ""


def kill(world: World, _: int, __: int, ___: int) -> str:
    """Send the process SIGKILL."""
    world.kill()
    return ""


def machine_fails(world: World, _: int, __: int, ___: int) -> str:
    """Let the machine fail."""
    world.fail()
    return ""
