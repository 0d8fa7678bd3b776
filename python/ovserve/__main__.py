"""``python -m ovserve`` is the program ``ovserve``."""

import sys

from ovserve.cli import main

if __name__ == "__main__":
    sys.exit(main())
