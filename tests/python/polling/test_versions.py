from pathlib import Path

import pytest

from ovserve.config.schema import Configuration, ModelEntry
from ovserve.polling.versions import VersionScanner


@pytest.fixture
def base_path(tmp_path: Path) -> Path:
    (tmp_path / "m" / "1").mkdir(parents=True)
    return tmp_path / "m"


def configured(base_path: Path) -> Configuration:
    return Configuration(models=(ModelEntry("m", str(base_path)),))


def test_versions_on_disk_reach_the_core(base_path: Path) -> None:
    inputs, unreadable = VersionScanner("").scan(configured(base_path))
    assert inputs.models[0].versions == {1: str(base_path / "1")}
    assert unreadable == {}


def test_a_base_path_that_cannot_be_read_is_logged_when_it_is_new(
    base_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scanner = VersionScanner("")
    missing = configured(base_path / "nothing")
    for _ in range(3):
        inputs, unreadable = scanner.scan(missing)
        assert inputs.models[0].versions is None
        assert "nothing" in unreadable["m"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    scanner.scan(configured(base_path))
    scanner.scan(missing)
    assert len(caplog.records) == 2, "it was there in between, so it is news again"


def test_directories_that_are_no_versions_are_warned_about_once(
    base_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (base_path / "old").mkdir()
    scanner = VersionScanner("")
    for _ in range(2):
        scanner.scan(configured(base_path))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert '"old"' in caplog.text
