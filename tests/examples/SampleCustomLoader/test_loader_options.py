"""What custom_loader_options and the loader's configuration file may say, and what they may not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ovserve import LoaderLibrary
from ovserve.errors import InternalError
from ovserve.loaders.library import Loader

MakeLoader = Callable[..., Loader]

IR = {"loader_name": "s", "model_file": "m.xml", "bin_file": "m.bin"}


@pytest.mark.parametrize(
    ("options", "kind", "content", "weights"),
    [
        (IR, "IR", b"<xml 1/>", bytes(range(256))),
        ({"xml_file": "m.xml", "bin_file": "m.bin"}, "IR", b"<xml 1/>", bytes(range(256))),
        (
            {"model_file": "m.xml", "xml_file": "m.xml", "bin_file": "m.bin"},
            "IR",
            b"<xml 1/>",
            bytes(range(256)),
        ),
        ({"model_file": "m.onnx"}, "ONNX", b"onnx", b""),
        ({"model_file": "m.blob", "bin_file": "not read"}, "BLOB", b"blob\0blob", b""),
    ],
)
def test_reads_every_format(
    make_loader: MakeLoader, model: Path, options: dict[str, str], kind: str, content: bytes, weights: bytes
) -> None:
    loaded = make_loader().load("m", model, 1, options)
    assert loaded.kind == kind
    assert bytes(loaded.model) == content
    assert bytes(loaded.weights) == weights


def test_reads_the_version_asked_for(make_loader: MakeLoader, model: Path) -> None:
    assert bytes(make_loader().load("m", model, 2, IR).model) == b"<xml 2/>"


def test_reads_large_files_whole(make_loader: MakeLoader, model: Path) -> None:
    weights = bytes(range(251)) * 200_000
    (model / "1/m.bin").write_bytes(weights)
    assert bytes(make_loader().load("m", model, 1, IR).weights) == weights


def test_empty_weights_are_fine(make_loader: MakeLoader, model: Path) -> None:
    (model / "1/m.bin").write_bytes(b"")
    assert len(make_loader().load("m", model, 1, IR).weights) == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("{", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ("", "not valid JSON"),
        ({"loader_name": "s"}, '"model_file" is missing'),
        ({"model_file": 1}, '"model_file" must be a file name'),
        ({"model_file": ""}, '"model_file" must be a file name'),
        ({"model_file": "m.txt"}, '"m.txt" must end in .xml, .onnx or .blob'),
        ({"model_file": "xml"}, '"xml" must end in'),
        ({"model_file": "m.xml"}, '"bin_file" is missing: name the weights that belong to m.xml'),
        ({"model_file": "m.xml", "xml_file": "n.xml", "bin_file": "m.bin"}, "they differ"),
        ({"model_file": "m.xml", "bin_file": "gone.bin"}, "1/gone.bin: No such file"),
        ({"model_file": "gone.onnx"}, "1/gone.onnx: No such file"),
        ({"model_file": "../2/m.onnx"}, '"model_file" must name a file in the version directory itself'),
        ({"model_file": ".."}, '"model_file" must name a file in the version directory itself'),
        ({"model_file": "m.xml", "bin_file": "/etc/passwd"}, '"bin_file" must name a file in the version'),
        ({"model_file": "m.onnx", "enable_file": "../s"}, '"enable_file" must name a file in the version'),
        ({"model_file": "m.onnx\0.xml"}, '"model_file" must name a file in the version'),
    ],
)
def test_refuses_and_says_why(
    make_loader: MakeLoader,
    model: Path,
    capfd: pytest.CaptureFixture[str],
    options: dict[str, object] | str,
    named: str,
) -> None:
    loader = make_loader()
    with pytest.raises(InternalError):
        loader.load("m", model, 1, options)
    said = capfd.readouterr().err
    assert 'model "m" version 1' in said
    assert named in said
    assert not loader.blacklisted("m", 1)


def test_refuses_a_folder_as_file(
    make_loader: MakeLoader, model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (model / "1/folder.onnx").mkdir()
    with pytest.raises(InternalError):
        make_loader().load("m", model, 1, {"model_file": "folder.onnx"})
    assert "folder.onnx" in capfd.readouterr().err


def test_names_a_misspelt_option(
    make_loader: MakeLoader, model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make_loader().load("m", model, 1, {"model_file": "m.onnx", "enabel_file": "s"})
    assert '"enabel_file" is not known' in capfd.readouterr().err


@pytest.mark.parametrize("text", ["", "\n", "{}", " \n{ }", "anything else", "ENABLE_FORCE_BLACKLIST_CHECK"])
def test_accepts_settings(make_loader: MakeLoader, text: str) -> None:
    make_loader(text)


def test_a_missing_settings_file_means_the_defaults(
    sample_library: Path, tmp_path: Path, model: Path
) -> None:
    with LoaderLibrary(sample_library).create(tmp_path / "gone.json") as loader:
        assert loader.load("m", model, 1, IR).kind == "IR"
    with LoaderLibrary(sample_library).create() as loader:
        assert loader.load("m", model, 1, IR).kind == "IR"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"check_period_s": 1', "is not valid JSON"),
        ('{"check_period_s": 0}', '"check_period_s" must be a number of seconds, 0.001 or more, but is 0'),
        ('{"check_period_s": "1"}', '"check_period_s" must be a number of seconds'),
        ('{"check_period_s": 1e300}', '"check_period_s" must be a number of seconds'),
        ('{"cycle_s": -1}', '"cycle_s" must be a number of seconds'),
        ('{"force_check": 1}', '"force_check" must be true or false'),
    ],
)
def test_refuses_settings(
    make_loader: MakeLoader, capfd: pytest.CaptureFixture[str], text: str, named: str
) -> None:
    with pytest.raises(InternalError):
        make_loader(text)
    assert named in capfd.readouterr().err


def test_names_a_misspelt_setting(make_loader: MakeLoader, capfd: pytest.CaptureFixture[str]) -> None:
    make_loader(check_periods=1)
    assert '"check_periods" is not known' in capfd.readouterr().err
