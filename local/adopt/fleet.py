"""The function that a destination of `type = "python"` calls in the check: it writes down what it gets."""

import json
import os
from pathlib import Path

from comboio.contract.unpack import Message


def handle(messages: list[Message]) -> None:
    """Append the messages to the file that ADOPT_FILE names."""
    with Path(os.environ["ADOPT_FILE"]).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": each.id, "message": each.message}) + "\n" for each in messages)
