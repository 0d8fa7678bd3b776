from pathlib import Path

import pytest

from harness import configuration
from ovserve.config.refusals import BrokenJsonError, UnreadableFileError
from ovserve.config.schema import Configuration, ModelEntry
from ovserve.errors import ConfigurationError
from ovserve.polling.config_file import ConfigFile, FixedConfig


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def write(path: Path, *names: str) -> None:
    configuration.write(
        path, configuration.document([configuration.model(name, Path("/x")) for name in names])
    )


def names(file: ConfigFile) -> list[str]:
    return [model.name for model in file.configuration.models]


def test_read_tells_what_changed_by_content(path: Path) -> None:
    file = ConfigFile(path)
    write(path, "a")
    assert file.read()
    write(path, "a")
    assert not file.read()
    write(path, "a", "b")
    assert file.read()
    assert names(file) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{broken", BrokenJsonError),
        ('{"model_config_list": 1}', ConfigurationError),
        (None, UnreadableFileError),
    ],
)
def test_what_cannot_be_read_leaves_the_last_valid_one(
    path: Path, content: str | None, error: type[Exception]
) -> None:
    file = ConfigFile(path)
    write(path, "a")
    file.read()
    path.unlink() if content is None else configuration.write(path, content)
    for _ in range(2):
        with pytest.raises(error):
            file.read()
    assert names(file) == ["a"]


def test_poll_takes_over_what_is_valid(path: Path) -> None:
    file = ConfigFile(path)
    write(path, "a")
    assert file.poll()
    assert not file.poll()
    write(path, "b")
    assert file.poll()
    assert names(file) == ["b"]


def test_poll_logs_each_broken_content_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = ConfigFile(path)
    write(path, "a")
    file.poll()
    for content in ("{one", "{two"):
        configuration.write(path, content)
        assert not file.poll()
        assert not file.poll()
    assert len(caplog.records) == 2
    write(path, "a")
    assert not file.poll(), "the content that is being served came back"
    assert names(file) == ["a"]


def test_poll_of_a_file_that_is_gone_does_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = ConfigFile(path)
    write(path, "a")
    file.poll()
    path.unlink()
    assert not file.poll()
    assert names(file) == ["a"]
    assert caplog.records == []


def test_entries_left_out_are_named(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(path, "a", "a")
    ConfigFile(path).read()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert '"a" is defined before' in caplog.text


def test_fixed_configuration_changes_only_by_replace() -> None:
    fixed = FixedConfig(Configuration())
    assert not fixed.read()
    assert not fixed.poll()
    new = Configuration(models=(ModelEntry("m", "/x"),))
    fixed.replace(new)
    assert fixed.configuration is new
