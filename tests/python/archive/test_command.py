import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from harness.archives import zip_file
from ovserve import cli
from ovserve.archive.command import main


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "h.py").write_text("def handle(data, context): ...")
    monkeypatch.chdir(tmp_path)
    return tmp_path


WRITE = ["--model_name", "m", "--version", "1.0", "--handler", "h.py"]


def test_write_inspect_sign_verify(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["archive", *WRITE, "--digests"]) == 0
    assert capsys.readouterr().out == f"Archive written: {work}/m.mar\n"
    assert cli.main(["archive", "keygen", "key"]) == 0
    key_id = capsys.readouterr().out.splitlines()[2].split()[-1]
    assert main(["sign", "m.mar", "--key", "key"]) == 0
    assert capsys.readouterr().out == "Signature written: m.mar.sig\n"
    assert main(["verify", "m.mar", "--key", "key.pub"]) == 0
    assert capsys.readouterr().out == f"Valid: m.mar, signed by key {key_id}\n"
    assert main(["inspect", "m.mar", "--json", "--key", "."]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["signature"]["checked"] is True
    assert document["digests_match"] is True
    (work / "m.mar").write_bytes(b"")
    assert main(["verify", "m.mar", "--key", "key.pub"]) == 1
    assert capsys.readouterr().err == (
        f"ovserve: it was changed after it was signed: the signature by key {key_id} does not fit\n"
    )


def test_what_would_be_refused_is_exit_1(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zip_file(work / "m.mar", [("MAR-INF/MANIFEST.json", b"{}")])
    assert main(["inspect", "m.mar"]) == 1
    assert "problem    Missing Model entry in manifest file." in capsys.readouterr().out
    zip_file(work / "m.mar", [("../\x1b[31mevil", b"")])
    assert main(["inspect", "m.mar"]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "ovserve: m.mar: member '../\\x1b[31mevil': the name has control characters\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["inspect", "gone.mar"], "ovserve: gone.mar: No such file or directory\n"),
        (["sign", "gone.mar", "--key", "gone"], "ovserve: gone: No such file or directory\n"),
        (["verify", "gone.mar", "--key", "gone"], "ovserve: gone: No such file or directory\n"),
        ([*WRITE[:-1], "gone.py"], "ovserve: handler gone.py does not exist\n"),
        ([*WRITE, "--export-path", "gone"], "ovserve: Given export-path gone is not a directory."),
    ],
)
def test_failures_are_one_line_and_exit_1(
    work: Path, arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(text)
    assert output.err.count("\n") == 1


def test_warnings_go_to_standard_error(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WRITE, "--extra-files", "*.none"]) == 0
    assert capsys.readouterr().err == "ovserve: warning: no file matches the pattern *.none\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["inspect", "--help"], ["keygen", "-h"]])
def test_usage_is_exit_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["archive", *arguments]) == 0
    assert capsys.readouterr().out.startswith("usage: ovserve archive")


def test_names_that_the_output_cannot_show(work: Path) -> None:
    zip_file(work / "m.mar", [("ä.py", b"")])
    done = subprocess.run(
        [sys.executable, "-m", "ovserve", "archive", "inspect", "m.mar"],
        env=dict(os.environ, PYTHONIOENCODING="ascii"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "\\xe4.py" in done.stdout


@pytest.mark.parametrize(
    ("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_terminals(work: Path, variables: dict[str, str], coloured: bool) -> None:
    assert main(WRITE) == 0
    terminal, side = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    done = subprocess.run(
        [sys.executable, "-m", "ovserve", "archive", "inspect", "m.mar"],
        env=environment | {"TERM": "xterm"} | variables,
        stdout=side,
        timeout=60,
        check=False,
    )
    os.close(side)
    output = os.read(terminal, 65_536)
    os.close(terminal)
    assert done.returncode == 0
    assert (b"\x1b[1m" in output) is coloured
    assert b"Contents: 2 files" in output


def test_it_starts_without_the_server(work: Path) -> None:
    script = """
import sys
from ovserve import cli
assert cli.main(sys.argv[1:]) == 0
print(*sorted(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, "archive", *WRITE],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "ovserve.archive.write" in loaded
    heavy = {
        "openvino",
        "grpc",
        "numpy",
        "uvicorn",
        "ovserve._core",
        "ovserve.server",
        "yaml",
        "cryptography",
    }
    assert not heavy & loaded
