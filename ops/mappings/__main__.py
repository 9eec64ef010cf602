"""Runs `make mappings`; see `ops.mappings.command`."""

import sys

from ops.mappings.command import main

sys.exit(main())
