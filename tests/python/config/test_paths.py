from pathlib import Path

import pytest

from ovserve.config.paths import cloud_scheme, directory_of, escape_problem, resolve


@pytest.mark.parametrize("path", ["../a", "a/../b", "/a/..", "..", "/../a"])
def test_paths_that_climb_are_refused(path: str) -> None:
    assert ".." in (escape_problem(path) or "")


@pytest.mark.parametrize("path", ["a..b", "/a/..b/c", "a/b..", "...", "./a", "/"])
def test_other_paths_are_fine(path: str) -> None:
    assert escape_problem(path) is None


def test_relative_paths_start_from_the_folder_and_keep_their_spelling() -> None:
    assert resolve("models/a/", "/conf") == "/conf/models/a/"
    assert resolve("/models//a", "/conf") == "/models//a"


def test_directory_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert directory_of("config.json") == str(tmp_path / "sub")
    assert directory_of("../config.json") == str(tmp_path.resolve())
    assert directory_of(tmp_path / "config.json") == str(tmp_path)


def test_directory_of_keeps_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert directory_of(tmp_path / "link" / "config.json") == str(tmp_path / "link")


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        ("s3://b/m", "s3://"),
        ("gs://b", "gs://"),
        ("az://b", "az://"),
        ("AZFS://b", "azfs://"),
        ("/s3://", None),
    ],
)
def test_cloud_scheme(path: str, scheme: str | None) -> None:
    assert cloud_scheme(path) == scheme
