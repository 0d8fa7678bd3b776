"""What the commands know of the terminal that they write to."""

import os
import sys


def wants_colour() -> bool:
    """Tell whether standard output is a terminal whose owner has not set ``NO_COLOR``."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
