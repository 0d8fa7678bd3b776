"""What the kernel says about memory."""

from pathlib import Path

import pytest

from ovserve.services.memory import oom_kills


@pytest.mark.parametrize(
    ("group", "events", "kills"),
    [
        ("0::/a/b\n", "low 0\noom 7\noom_kill 3\n", 3),
        ("12:memory:/other\n0::/a/b\n", "oom_kill 1\n", 1),
        ("0::/a/b\n", "low 0\n", 0),
        ("0::/a/b\n", "not as expected\n", 0),
        ("0::/missing\n", "oom_kill 1\n", 0),
        ("", "oom_kill 1\n", 0),
    ],
)
def test_kills_are_those_of_the_own_group(tmp_path: Path, group: str, events: str, kills: int) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/memory.events").write_text(events)
    (tmp_path / "own").write_text(group)
    assert oom_kills(tmp_path, tmp_path / "own") == kills


def test_this_machine_can_be_asked() -> None:
    assert oom_kills() >= 0
