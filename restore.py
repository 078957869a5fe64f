#!/usr/bin/env python3
"""Door to the command line, which is in ``restoration_studio.cli``."""

import sys

from restoration_studio.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
