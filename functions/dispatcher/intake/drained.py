"""Whether what was diverted of a batch's partitions is drained: then records that keep order may go straight again."""

from collections.abc import Mapping

from msgspec.structs import replace

from comboio.aws.json_api import AwsError
from comboio.contract.hold import hold_group
from comboio.drain.progress import agree
from comboio.drain.store import DrainStore
from comboio.ledger.ledger import Ledger
from dispatcher.stage_reporter import StageReporter


def behind_hold_queue(
    ledgers: dict[str, Ledger], store: DrainStore, reporter: StageReporter, within_s: float
) -> dict[tuple[str, str], str]:
    """Return the partitions and destinations between which the hold queue would be overtaken, with their markers.

    Takes the marker of each pair that is drained out of its ledger: the settlement then writes it without. Reads
    nothing where nothing is diverted. What cannot be read is not drained.
    """
    markers = {
        hold_group(partition, destination, ordered=True): (partition, destination, token)
        for partition, ledger in ledgers.items()
        for destination, token in ledger.diverted.items()
    }
    if not markers:
        return {}
    try:
        progress = store.read(markers, within_s=within_s)
    except AwsError as error:
        reporter.warning(
            "Could not read how far the hold queue is drained; records that keep order are diverted behind it.",
            {"error": str(error)},
        )
        return {(partition, destination): token for partition, destination, token in markers.values()}
    behind = {}
    for group, (partition, destination, token) in markers.items():
        if agree(token, progress[group]):
            _take_out(ledgers, partition, destination)
        else:
            behind[partition, destination] = token
    return behind


def _take_out(ledgers: dict[str, Ledger], partition: str, destination: str) -> None:
    left: Mapping[str, str] = {
        name: token for name, token in ledgers[partition].diverted.items() if name != destination
    }
    ledgers[partition] = replace(ledgers[partition], diverted=left)
