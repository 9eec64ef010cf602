"""What outlives the process, and the order in which it is written down."""

from dataclasses import dataclass

from producer.source.progress import Progress
from producer.state.ack_journal import AckJournal
from producer.state.reject_file import RejectFile
from producer.state.spool import Spool


@dataclass(frozen=True, slots=True)
class Stores:
    """The spool, the reject file, the progress in files and the journal of one producer. No disk's failure raises."""

    spool: Spool
    """What Kafka has not acknowledged."""
    rejects: RejectFile
    """What cannot be sent."""
    progress: Progress
    """How far files have been sent."""
    journal: AckJournal | None
    """What Kafka acknowledged, if that is wanted."""

    def save(self) -> bool:
        """Write down what there is; return whether nothing is left that only the memory has.

        A file's progress comes last: it may not pass a line whose reject is not on disk.
        """
        if self.journal:
            self.journal.flush()
        return all((self.spool.save(), self.rejects.flush() and self.progress.save()))
