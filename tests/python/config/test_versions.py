from pathlib import Path

import pytest

from ovserve.config.versions import scan_versions


def test_numbered_directories_are_versions_in_numeric_order(tmp_path: Path) -> None:
    for name in ("10", "2", "1", "2147483647"):
        (tmp_path / name).mkdir()
    (tmp_path / "3").write_text("a plain file")
    (tmp_path / "model.xml").write_text("")
    scan = scan_versions(str(tmp_path))
    assert scan.versions == {n: f"{tmp_path}/{n}" for n in (1, 2, 10, 2147483647)}
    assert list(scan.versions) == [1, 2, 10, 2147483647]
    assert (scan.cause, scan.warnings) == (None, ())


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("1abc", "no version number"),
        ("+1", "no version number"),
        ("-1", "no version number"),
        ("1.0", "no version number"),
        ("latest", "no version number"),
        ("٣", "no version number"),
        ("0", "start at 1"),
        ("00", "start at 1"),
        ("007", "rename it to 7"),
        ("2147483648", "refused: the highest possible version is 2147483647"),
        ("9" * 200, "refused: the highest possible version is 2147483647"),
    ],
)
def test_other_directories_are_named(tmp_path: Path, name: str, warning: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "1").mkdir()
    scan = scan_versions(str(tmp_path))
    assert scan.versions == {1: f"{tmp_path}/1"}
    assert len(scan.warnings) == 1
    assert f'"{name}"' in scan.warnings[0]
    assert warning in scan.warnings[0]


def test_hidden_directories_are_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "..data").mkdir()
    assert scan_versions(str(tmp_path)) == scan_versions(str(tmp_path))
    assert scan_versions(str(tmp_path)).versions == {}
    (tmp_path / "1").mkdir()
    assert scan_versions(str(tmp_path)).warnings == ()


@pytest.mark.parametrize(
    ("file", "warning"),
    [
        (None, "no version directory, such as 1, is in it yet"),
        ("notes.txt", "no version directory, such as 1, is in it yet"),
        ("model.xml", "model.xml is ignored: a model lies in a version directory, such as 1"),
        ("saved_model.pb", "saved_model.pb is ignored: a model lies in a version directory, such as 1"),
    ],
)
def test_a_base_path_without_versions_is_warned_about(tmp_path: Path, file: str | None, warning: str) -> None:
    if file is not None:
        (tmp_path / file).write_text("")
    scan = scan_versions(str(tmp_path))
    assert (scan.versions, scan.warnings) == ({}, (f"base_path {tmp_path}: {warning}",))


def test_a_mapping_is_known_by_its_content(tmp_path: Path) -> None:
    for version in ("1", "2", "3"):
        (tmp_path / version).mkdir()
    mapping = tmp_path / "2" / "mapping_config.json"
    mapping.write_text("{}")
    (tmp_path / "3" / "mapping_config.json").mkdir()
    first = scan_versions(str(tmp_path))
    assert set(first.mappings) == {2}
    mapping.touch()
    assert scan_versions(str(tmp_path)) == first
    mapping.write_text('{"inputs": {}}')
    assert scan_versions(str(tmp_path)).mappings[2] != first.mappings[2]
    mapping.unlink()
    assert scan_versions(str(tmp_path)).mappings == {}


def test_links_to_directories_count_and_dead_links_do_not(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    base = tmp_path / "base"
    base.mkdir()
    (base / "1").symlink_to(tmp_path / "real")
    (base / "2").symlink_to(tmp_path / "nowhere")
    assert scan_versions(str(base)).versions == {1: f"{base}/1"}


def test_a_trailing_slash_changes_no_version_path(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    assert scan_versions(f"{tmp_path}/").versions == {1: f"{tmp_path}/1"}


@pytest.mark.parametrize("name", ["model.xml", "model.ONNX", "model.blob"])
def test_one_model_file_is_version_1(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("")
    assert scan_versions(str(file)).versions == {1: str(file)}


def test_a_loader_needs_a_directory(tmp_path: Path) -> None:
    file = tmp_path / "model.xml"
    file.write_text("")
    scan = scan_versions(str(file), file_allowed=False)
    assert scan.versions is None
    assert "Not a directory" in (scan.cause or "")


@pytest.mark.parametrize("name", ["missing", "notes.txt/x", "nul\0l"])
def test_an_unreadable_base_path_is_none_with_a_cause(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("")
    scan = scan_versions(f"{tmp_path}/{name}")
    assert scan.versions is None
    assert (scan.cause or "").startswith(f"base_path {tmp_path}/")
