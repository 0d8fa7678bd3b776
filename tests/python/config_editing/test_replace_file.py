import os
import stat
import threading
from pathlib import Path

import pytest

from ovserve.config_editing.replace_file import locked_folder, replace_file


def test_the_content_is_replaced_and_nothing_is_left_beside(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    replace_file(str(file), b"new")
    assert file.read_bytes() == b"new"
    file.chmod(0o640)
    before = file.stat()
    replace_file(str(file), b"newer")
    after = file.stat()
    assert file.read_bytes() == b"newer"
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino, "who reads the old file goes on reading it"
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "config.json"
    real.write_bytes(b"old")
    link = tmp_path / "link.json"
    link.symlink_to(real)
    replace_file(str(link), b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_nothing_is_left_when_it_fails(tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(str(tmp_path / "config.json"), b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_a_folder_that_nobody_may_write_to() -> None:
    with pytest.raises(OSError, match="Permission denied"):  # not even root may write there
        replace_file("/sys/config.json", b"new")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_is_write_protected(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(b"old")
    file.chmod(0o444)
    with pytest.raises(PermissionError):
        replace_file(str(file), b"new")
    assert file.read_bytes() == b"old"


def test_changes_of_one_folder_come_one_after_another(tmp_path: Path) -> None:
    file = tmp_path / "count"
    file.write_bytes(b"0")

    def count() -> None:
        for _ in range(50):
            with locked_folder(str(tmp_path)):
                replace_file(str(file), str(int(file.read_bytes()) + 1).encode())

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read_bytes() == b"200"
