"""What is written is what users' archivers write: they run beside ours, on the same files."""

import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from harness.archives import MANIFEST, listing, run_archiver
from ovserve.archive.command import main
from ovserve.archive.unpack import unpack

TORCHSERVE = ("--model-name", "m", "--version", "1.0")
ENDINGS = {"default": ".mar", "zip-store": ".mar", "tgz": ".tar.gz", "no-archive": ""}


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files of every kind that archivers treat in their own way, for both to run in."""
    files = {
        "code/h.py": "def handle(data, context): return ['OK'] * len(data)\n",
        "code/net.py": "class Net: ...\n",
        "code/lib.so": "ELF",
        "weights.pt": "w" * 10_000,
        "labels.json": '{"0": "cat"}',
        "requirements.txt": "numpy\n",
        "conf/model.yaml": "batchSize: 2\n",
        "extra/a.txt": "a",
        "extra/sub/deep/b.txt": "b",
        "extra/.hidden": "file",
        "extra/.git/config": "left out",
        "extra/__pycache__/a.pyc": "left out",
        "extra/__MACOSX/a": "left out",
        "extra/stray.pyc": "kept by one of them",
        "extra/old.mar": "kept by one of them",
        "extra/sub/MANIFEST.json": "kept by one of them",
        "extra/x.DS_Store": "kept by one of them",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def both(tool: str, work: Path, *arguments: str) -> tuple[int, int]:
    """Run both and return their exit codes."""
    # Theirs gathers files in a folder of the temporary directory that only the model's name tells.
    (work / "temporary").mkdir(exist_ok=True)
    done = run_archiver(
        tool, [*arguments, "--export-path", "theirs"], work, {"TMPDIR": str(work / "temporary")}
    )
    return done.returncode, main([*arguments, "--export-path", "ours"])


def manifests(work: Path, ending: str, top: str) -> tuple[dict[str, Any], dict[str, Any]]:
    theirs, ours = (
        json.loads(listing(work / folder / f"m{ending}")[top + MANIFEST]) for folder in ("theirs", "ours")
    )
    return theirs, ours


@pytest.mark.parametrize("archive_format", ENDINGS)
@pytest.mark.parametrize(
    "arguments",
    [
        ("--handler", "code/h.py"),
        ("--handler", "code/h:handle"),
        ("--handler", "code/h"),
        ("--handler", "image_classifier", "--serialized-file", "weights.pt"),
        ("--handler", "code/lib", "--runtime", "LSP"),
        ("--handler", "BaseHandler", "--runtime", "LSP"),
        (
            *("--handler", "code/h.py", "--serialized-file", "weights.pt", "--model-file", "code/net.py"),
            *("--requirements-file", "requirements.txt", "--config-file", "conf/model.yaml"),
            *("--extra-files", "labels.json,extra", "--runtime", "python3"),
        ),
        ("--handler", "code/h.py", "--extra-files", "*.json,code/*.py,nothing*,extra/"),
    ],
    ids=lambda arguments: " ".join(arguments[1:]).replace("/", "."),
)
def test_torchserves(work: Path, archive_format: str, arguments: tuple[str, ...]) -> None:
    assert both(
        "torch-model-archiver", work, *TORCHSERVE, *arguments, "--archive-format", archive_format
    ) == (0, 0)
    ending = ENDINGS[archive_format]
    theirs, ours = (listing(work / folder / f"m{ending}") for folder in ("theirs", "ours"))
    top = "m/" if archive_format == "tgz" else ""
    assert theirs.keys() == ours.keys()
    assert all(theirs[name] == ours[name] for name in theirs if name != top + MANIFEST)
    their_manifest, our_manifest = manifests(work, ending, top)
    assert list(their_manifest) == list(our_manifest)
    assert list(their_manifest["model"]) == list(our_manifest["model"])
    assert their_manifest["model"] == our_manifest["model"]
    assert their_manifest["runtime"] == our_manifest["runtime"]
    assert len(their_manifest["createdOn"]) == len(our_manifest["createdOn"])


@pytest.mark.parametrize("archive_format", ["default", "tgz", "no-archive"])
@pytest.mark.parametrize("convert", [(), ("-c",)])
def test_multi_model_servers(work: Path, archive_format: str, convert: tuple[str, ...]) -> None:
    arguments = (
        "--model-name",
        "m",
        "--model-path",
        "extra",
        "--handler",
        "dir/any:thing",
        "--runtime",
        "python2",
    )
    assert both("model-archiver", work, *arguments, "--archive-format", archive_format, *convert) == (0, 0)
    ending = ENDINGS[archive_format]
    theirs, ours = (listing(work / folder / f"m{ending}") for folder in ("theirs", "ours"))
    assert theirs == ours
    names = {name.removeprefix("m/") for name in ours}
    assert names == {MANIFEST, "a.txt", "sub/deep/b.txt", ".hidden"}


@pytest.mark.parametrize("archive_format", ["default", "zip-store"])
def test_one_compression_and_no_directories(work: Path, archive_format: str) -> None:
    arguments = ("--handler", "code/h.py", "--extra-files", "extra", "--archive-format", archive_format)
    assert both("torch-model-archiver", work, *TORCHSERVE, *arguments) == (0, 0)
    infos = [
        {
            (info.filename, info.compress_type, info.external_attr, info.flag_bits, info.date_time[:3])
            for info in archive
        }
        for archive in (zipfile.ZipFile(work / folder / "m.mar").infolist() for folder in ("theirs", "ours"))
    ]
    assert infos[0] == infos[1]


def test_members_of_tar_files_are_alike(work: Path) -> None:
    arguments = ("--handler", "code/h.py", "--archive-format", "tgz")
    assert both("torch-model-archiver", work, *TORCHSERVE, *arguments) == (0, 0)
    for folder in ("theirs", "ours"):
        with tarfile.open(work / folder / "m.tar.gz") as archive:
            assert [(info.name, info.type, info.mode) for info in archive] == [
                ("m/h.py", tarfile.REGTYPE, 0o644),
                (f"m/{MANIFEST}", tarfile.REGTYPE, 0o644),
            ]


@pytest.mark.parametrize("archive_format", ENDINGS)
def test_theirs_can_be_unpacked(work: Path, archive_format: str) -> None:
    arguments = ("--handler", "code/h:handle", "--extra-files", "extra,conf", "-c", "conf/model.yaml")
    done = run_archiver(
        "torch-model-archiver",
        [*TORCHSERVE, *arguments, "--archive-format", archive_format],
        work,
        {"TMPDIR": "ours"},
    )
    assert done.returncode == 0, done.stderr
    model = unpack(work / f"m{ENDINGS[archive_format]}", work / "theirs")
    assert (model.manifest.model_name, model.manifest.handler) == ("m", "h:handle")
    assert model.config.batch_size == 2
    assert (model.root / "sub/deep/b.txt").read_text() == "b"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--model-name", "(model", "--version", "1", "--handler", "code/h.py"),
        ("--model-name", "m", "--version", "1", "--handler", "code/absent.py"),
        ("--model-name", "m", "--version", "1", "--handler", "code/h.py", "--extra-files", "absent"),
        ("--model-name", "m", "--version", "1", "--handler", "code/h.py", "--model-file", "absent"),
        ("--model-name", "m", "--handler", "code/h.py"),
        ("--model-name", "m", "--version", "1"),
        ("--version", "1", "--handler", "code/h.py"),
        ("--model-name", "m", "--version", "1", "--handler", "code/h.py", "--runtime", "java"),
        ("--model-name", "m", "--version", "1", "--handler", "code/h.py", "--archive-format", "rar"),
        ("--model-name", "m", "--version", "1", "--handler", "code/h.py", "--convert"),
        ("--help",),
    ],
    ids=lambda arguments: " ".join(arguments).replace("/", "."),
)
def test_exit_codes_of_torchserves(work: Path, arguments: tuple[str, ...]) -> None:
    theirs, ours = both("torch-model-archiver", work, *arguments)
    assert theirs == ours


@pytest.mark.parametrize(
    "arguments",
    [
        ("--model-name", "m", "--model-path", "absent", "--handler", "h"),
        ("--model-name", "a b", "--model-path", "extra", "--handler", "h"),
        ("--model-name", "m", "--model-path", "extra", "--handler", "h", "--runtime", "LSP"),
        ("--model-name", "m", "--model-path", "extra", "--handler", "h", "--extra-files", "a"),
        ("--model-name", "m", "--model-path", "extra"),
    ],
    ids=lambda arguments: " ".join(arguments).replace("/", "."),
)
def test_exit_codes_of_multi_model_servers(work: Path, arguments: tuple[str, ...]) -> None:
    theirs, ours = both("model-archiver", work, *arguments)
    assert theirs == ours


@pytest.mark.parametrize("archive_format", ENDINGS)
def test_what_is_there_is_replaced_by_force_alone(work: Path, archive_format: str) -> None:
    arguments = (*TORCHSERVE, "--handler", "code/h.py", "--archive-format", archive_format)
    for extra, code in (((), 0), ((), 1), (("-f",), 0)):
        assert both("torch-model-archiver", work, *arguments, *extra) == (code, code)


def test_the_commands_that_users_know_from_the_manuals(work: Path) -> None:
    (work / "dir").mkdir()
    for name, content in (
        ("model_handler.py", ""),
        ("net.py", "class Net: ..."),
        ("index_to_name.json", "{}"),
    ):
        (work / "dir" / name).write_text(content)
    common = (
        "--model-name",
        "m",
        "--handler",
        "model_handler:handle",
        "--runtime",
        "python3",
        "--model-path",
        "dir",
    )
    assert both("model-archiver", work, *common) == (0, 0)
    assert listing(work / "theirs/m.mar") == listing(work / "ours/m.mar")
    # TorchServe's manual has a command with --model-path, which its archiver does not know.
    single = (
        "--model-file",
        "net.py",
        "--serialized-file",
        "weights.pt",
        "--extra-files",
        "index_to_name.json",
    )
    assert both("torch-model-archiver", work, *common, "--version", "1", *single, "-f") == (2, 0)
    names = {"model_handler.py", "net.py", "index_to_name.json", "weights.pt", MANIFEST}
    assert listing(work / "ours/m.mar").keys() == names
    model = json.loads(listing(work / "ours/m.mar")[MANIFEST])["model"]
    assert (model["handler"], model["modelFile"]) == ("model_handler:handle", "net.py")


def test_an_export_path_that_is_none(work: Path) -> None:
    arguments = (*TORCHSERVE, "--handler", "code/h.py", "--export-path")
    for path in ("absent", "weights.pt"):
        done = run_archiver("torch-model-archiver", [*arguments, path], work, {"TMPDIR": str(work)})
        assert (done.returncode, main([*arguments, path])) == (1, 1)


def test_two_networks_to_convert(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one.onnx", "two.onnx"):
        (work / "extra" / name).write_text("")
    arguments = ("--model-name", "m", "--model-path", "extra", "--handler", "h", "--convert")
    assert both("model-archiver", work, *arguments) == (1, 1)
    assert "only one .onnx file is expected in extra, found 2: one.onnx, two.onnx" in capsys.readouterr().err
    (work / "extra/two.onnx").unlink()
    assert main(arguments) == 1
    assert "one.onnx is not converted to MXNet: OpenVINO reads ONNX as it is" in capsys.readouterr().err
