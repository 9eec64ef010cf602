"""A process that drains the hold queue with the deployed drainer, until SIGTERM.

Environment: that of DrainerFunction, and BLAST_FUNCTION, its physical name.
"""

import os
import signal
import threading

from dispatcher.drainer import handler
from local.aws.deployment import Deployment
from local.aws.emulator import Aws
from local.aws.queue_mapping import queue_mapping

CHECK_EVERY_S = 0.5


def main() -> None:
    """Drain until told to stop.

    Raises:
        LocalError: the queue cannot be reached.
    """
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    deployment = Deployment(Aws(os.environ["AWS_ENDPOINT_URL"]), {"DrainerFunction": os.environ["BLAST_FUNCTION"]}, {})
    with queue_mapping(deployment, "DrainerFunction", handler) as mapping:
        while not stopped.wait(CHECK_EVERY_S):
            mapping.check()


if __name__ == "__main__":
    main()
