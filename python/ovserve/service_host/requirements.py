"""Installing what an archive's requirements file names, into the archive's own directory."""

import logging
import os
import subprocess

from ovserve.archive.unpack import ModelDirectory
from ovserve.services.exchange import ServiceFailure
from ovserve.ts_config.options import PipInstall

log = logging.getLogger(__name__)

_MOST_LOGGED = 4000  # characters of pip's output


def install_requirements(name: str, directory: ModelDirectory, interpreter: str, rules: PipInstall) -> None:
    """Run pip from the model's directory, into it; without a requirements file nothing happens.

    Raises:
        ServiceFailure: 400, it failed or took too long; pip's own words are in the log.
    """
    requirements = directory.manifest.requirements_file
    if requirements is None:
        return
    command = [interpreter, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--upgrade", "--target", str(directory.root), "-r", requirements]
    if rules.require_hashes:
        command.append("--require-hashes")
    if rules.no_index:
        command += ["--no-index", "--find-links", str(directory.root)]
    try:
        done = subprocess.run(
            command,
            cwd=directory.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=rules.timeout_s,
            check=False,
            env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
        )
    except subprocess.TimeoutExpired:
        log.error("%s: pip did not end within %g s", name, rules.timeout_s)
        raise _failed(name) from None
    except OSError as error:
        log.error("%s: pip cannot be run with %s: %s", name, interpreter, error)
        raise _failed(name) from None
    if done.returncode:
        text = done.stdout.decode(errors="backslashreplace")[-_MOST_LOGGED:]
        log.error("%s: pip failed with status %d:\n%s", name, done.returncode, text)
        raise _failed(name)


def _failed(name: str) -> ServiceFailure:
    return ServiceFailure(400, f"Custom pip package installation failed for model {name}", "ModelException")
