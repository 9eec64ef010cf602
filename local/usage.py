"""What a command without arguments says of itself: its options are variables of the environment."""

import argparse

from comboio.settings import Settings


def explain(command: str, description: str, settings: type[Settings]) -> None:
    """Print a command's options and end with status 0 for `--help`; refuse any other argument with status 2."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {command}",
        description=description,
        epilog=f"Environment:\n{settings.describe()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
