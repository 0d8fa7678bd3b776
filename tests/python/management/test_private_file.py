import os
import stat
from pathlib import Path

import pytest

from ovserve.management.private_file import write_private_file


def test_only_the_owner_may_read_it_from_the_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    replace = os.replace

    def watched(source: str, target: str) -> None:
        modes.append(stat.S_IMODE(os.stat(source).st_mode))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    before = os.umask(0)
    try:
        write_private_file(str(tmp_path / "f"), b"1")
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert (tmp_path / "f").read_bytes() == b"1"


def test_what_others_could_read_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"old")
    file.chmod(0o644)
    with file.open("rb") as opened:
        write_private_file(str(file), b"new")
        assert opened.read() == b"old"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"kept")
    (tmp_path / "f").symlink_to("target")
    write_private_file(str(tmp_path / "f"), b"new")
    assert (tmp_path / "target").read_bytes() == b"kept"
    assert not (tmp_path / "f").is_symlink()


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        write_private_file(str(tmp_path / "f"), b"")
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]
