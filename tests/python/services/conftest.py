"""Services with real workers, and the workers' side as their interpreter imports it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.services import Services
from ovserve.services.environment import WORKER_SIDE

if str(WORKER_SIDE) not in sys.path:
    sys.path.append(str(WORKER_SIDE))


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with Services(tmp_path) as running:
        yield running
