"""Encrypts model files beside themselves and removes the plain ones; makes the key if there is none."""

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from encryption import KEY_BYTES, SUFFIX, encrypt


def main(arguments: Sequence[str] | None = None) -> int:
    """Encrypt the files that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", type=Path, required=True, help="file of the key, as hexadecimal digits")
    parser.add_argument("files", type=Path, nargs="+", help="the model's .xml and .bin")
    options = parser.parse_args(arguments)
    if not options.key.exists():
        with open(os.open(options.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(KEY_BYTES) + "\n")
    key = bytes.fromhex(options.key.read_text().strip())
    for file in options.files:
        encrypted = file.with_name(file.name + SUFFIX)
        encrypted.write_bytes(encrypt(file.read_bytes(), key, file.name))
        file.unlink()
        print(encrypted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
