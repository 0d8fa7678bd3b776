"""Serves a digit classifier through libsampleloader.so, and switches it off and on while it runs.

Real parts only: a compiled loader, the ``ovserve`` command, gRPC, and the public client ``ovmsclient``.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import ovmsclient
from ovmsclient.tfs_compat.base.errors import ModelNotFoundError

import contact_sheet
from digits_model import INPUT, Digits, Images, Labels, load
from running_server import DemoError, serving, wait_until
from served_folder import MODEL_NAME, ServedFolder, prepare

_REQUIRED_ACCURACY = 0.95
_BATCH = 36


def main() -> int:
    """Run the demonstration; 0 if all of it went as it should."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--directory", type=Path, default=Path("demo"), help="where to put everything")
    arguments.add_argument("--library", type=Path, required=True, help="libsampleloader.so")
    options = arguments.parse_args()
    try:
        run(options.directory, options.library)
    except DemoError as error:
        print(f"demo failed: {error}", file=sys.stderr)
        return 1
    return 0


def run(directory: Path, library: Path) -> None:
    """Train, serve, classify, switch off and on.

    Raises:
        DemoError: the server did not do what it should.
    """
    began = time.monotonic()
    training, test = load()
    folder = prepare(directory, library, training)
    print(f"trained   on {len(training.images)} scans in {time.monotonic() - began:.1f} s")
    with serving(folder.config, MODEL_NAME) as port:
        client = ovmsclient.make_grpc_client(f"127.0.0.1:{port}")
        classify(client, test, directory / "digits.png")
        switch_off_and_on(client, folder, test.images[:1])
    print("stopped   the server exited with 0")


def classify(client: Any, test: Digits, sheet: Path) -> None:
    """Send every test image, print how many were read right, and draw the contact sheet."""
    began = time.monotonic()
    batches = np.array_split(test.images, -(-len(test.images) // _BATCH))
    predicted: Labels = np.concatenate(
        [client.predict({INPUT: batch}, MODEL_NAME).argmax(axis=1) for batch in batches]
    )
    took_ms = (time.monotonic() - began) * 1000
    accuracy = float(np.mean(predicted == test.labels))
    print(f"sent      {len(test.images)} other scans in {len(batches)} requests, {took_ms:.0f} ms\n")
    print(table(predicted, test.labels))
    print(f"\naccuracy  {accuracy:.1%}")
    wrong_first = np.argsort(predicted == test.labels, kind="stable")[:96]
    contact_sheet.write(sheet, test.images[wrong_first], predicted[wrong_first], test.labels[wrong_first])
    print(f"pictures  {sheet}: {len(wrong_first)} scans with the digits read, the wrong ones first\n")
    if accuracy < _REQUIRED_ACCURACY:
        raise DemoError(f"accuracy is {accuracy:.1%}, it should be over {_REQUIRED_ACCURACY:.0%}")


def table(predicted: Labels, expected: Labels) -> str:
    """How many of each digit were read right, and as what the others were read."""
    lines = ["digit  scans  right  read as"]
    for digit in range(10):
        read = predicted[expected == digit]
        others = [other for other in np.unique(read) if other != digit]
        wrong = ", ".join(f"{other} ({np.sum(read == other)}x)" for other in others)
        lines.append(f"{digit:5}  {len(read):5}  {np.sum(read == digit):5}  {wrong}".rstrip())
    return "\n".join(lines)


def switch_off_and_on(client: Any, folder: ServedFolder, image: Images) -> None:
    """Write and remove the status file, and show that the loader's verdict is carried out."""
    folder.status_file.write_text("DISABLED\n")
    refusal = ""

    def refused() -> bool:
        nonlocal refusal
        try:
            client.predict({INPUT: image}, MODEL_NAME)
        except ModelNotFoundError as error:
            refusal = str(error)
        return bool(refusal)

    seconds = wait_until(refused, f"{MODEL_NAME} is still served although {folder.status_file} says DISABLED")
    print(f"disabled  {folder.status_file.name} says DISABLED: refused after {seconds:.1f} s")
    print(f"          {refusal}")
    folder.status_file.unlink()

    def served_again() -> bool:
        try:
            return client.predict({INPUT: image}, MODEL_NAME) is not None
        except ModelNotFoundError:
            return False

    seconds = wait_until(served_again, f"{MODEL_NAME} did not come back")
    print(f"enabled   {folder.status_file.name} is gone: served again after {seconds:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
