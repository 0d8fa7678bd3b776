"""docs/archives.md is true: its commands print what it shows, its snippets run, its flags exist."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from ovserve import cli
from ovserve.archive.command_line import request_parser
from ovserve.archive.limits import UnpackLimits
from ovserve.archive.request import Style

TEXT = (Path(__file__).parents[2] / "docs/archives.md").read_text()
FILES = {
    "handler.py": "def handle(data, context):\n"
    '    return None if data is None else [str(len(row["body"])) for row in data]\n',
    "labels.json": '{"0": "cat", "1": "dog"}\n',
    "model.yaml": "batchSize: 8\nmaxBatchDelay: 20\n",
    "weights.bin": "\0" * 100_000,
}


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert found
    return found


def comparable(text: str) -> str:
    """Leave out what differs from run to run: digests, dates, versions, and the sizes that hang on them."""
    text = re.sub(r"\b[0-9a-f]{16}(?:[0-9a-f]{48})?\b", "HEX", text)
    text = re.sub(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", "TIME", text)
    text = re.sub(r'("archiverVersion": )"[^"]+"', r'\1"VERSION"', text)
    text = re.sub(r"zip, [\d,]+ bytes", "zip, N bytes", text)
    text = re.sub(r"files, [\d,]+ bytes", "files, N bytes", text)
    return re.sub(r" +\d+  MAR-INF", "  N  MAR-INF", text)


def test_commands_and_snippets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "models").mkdir()
    (tmp_path / "run").mkdir()
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            program, *arguments = shlex.split(command)
            assert program == "ovserve"
            assert cli.main(arguments) == 0
            assert comparable(capsys.readouterr().out) == comparable(expected)
    written, signed = blocks("python")
    exec(compile(signed, "docs/archives.md", "exec"), {})
    assert capsys.readouterr().out.endswith(" handler.py:handle 8\n")
    exec(compile(written, "docs/archives.md", "exec"), {})
    assert capsys.readouterr().out.startswith("models/pets.mar ('handler.py', 'labels.json', ")


def test_every_flag_is_in_the_table() -> None:
    table = TEXT[TEXT.index("| flag | meaning |") : TEXT.index("`_` may be written")].strip()
    described = {
        flag for line in table.splitlines() for flag in re.findall(r"`(--?[a-z-]+)`", line.split("|")[1])
    }
    offered = {
        flag for style in Style for action in request_parser(style)._actions for flag in action.option_strings
    }
    assert described == offered - {"-h", "--help"}


def test_every_limit_is_in_the_table() -> None:
    assert {field.name for field in fields(UnpackLimits)} == set(
        re.findall(r"^\| `(\w+)`", TEXT, re.MULTILINE)
    ) & {field.name for field in fields(UnpackLimits)}
    assert UnpackLimits() == UnpackLimits(65_535, 32 << 30, 100, 64 << 20)
