"""Reads offsets from a file as Kafka's own `kafka-consumer-groups.sh --reset-offsets --export` writes them.

The same file sets the group back (`--from-file`), so ledger and group go back to the same place.
"""

import csv
from pathlib import Path

from comboio.errors import ComboioError

COLUMNS = 3
"""Topic, partition and offset. With several groups Kafka writes the group before them; a rewind is for one."""


class OffsetsFileError(ComboioError):
    """The file is not such a one; the text names the line."""


def read(path: Path) -> dict[str, int]:
    """Return the offsets of a file by partition (`<topic>-<number>`).

    Raises:
        OffsetsFileError: it cannot be read, has no offset, names a partition twice, or has a line that is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OffsetsFileError(f"{path} cannot be read: {error}. Check its name.") from None
    offsets: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = next(csv.reader([line]))
        if len(row) != COLUMNS or not all(part.isascii() and part.isdigit() for part in row[1:]) or not row[0]:
            raise OffsetsFileError(
                f"Line {number} of {path} is not topic,partition,offset. Write it anew, for one group "
                "and without remarks: kafka-consumer-groups.sh ... --export --dry-run | grep ^TOPIC, > offsets.csv"
            )
        partition = f"{row[0]}-{int(row[1])}"
        if partition in offsets:
            raise OffsetsFileError(f"Line {number} of {path} names {partition} a second time. Keep one of the two.")
        offsets[partition] = int(row[2])
    if not offsets:
        raise OffsetsFileError(f"{path} has no offsets. Did kafka-consumer-groups.sh find the group and the topic?")
    return offsets
