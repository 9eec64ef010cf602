"""`make plan-scale`: prints the tables of docs/scale.md for a profile, the shipped one unless another is named."""

import argparse
import sys
from pathlib import Path

from comboio.errors import ComboioError
from plan.measured.measured import Measured
from plan.profile.file import load
from plan.scale.tables import markdown, tables

SHIPPED = Path(__file__).parents[2] / "examples" / "profiles" / "fleet.toml"
"""The fleet that Comboio is built for."""


def main() -> int:
    """Print them."""
    parser = argparse.ArgumentParser(prog="python -m plan.scale", description=__doc__)
    parser.add_argument(
        "profile", type=Path, nargs="?", default=SHIPPED, help="the profile (examples/profiles/fleet.toml)"
    )
    given = parser.parse_args()
    for name, table in tables(load(given.profile), Measured.load_file()).items():
        sys.stdout.write(f"{name}\n\n{markdown(table)}\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ComboioError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
