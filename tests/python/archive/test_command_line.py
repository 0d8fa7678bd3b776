import pytest

from ovserve.archive.command_line import normalized, parse_request, parse_subcommand
from ovserve.archive.request import ArchiveRequest

TS = ["--model-name", "m", "--handler", "h"]


def test_every_flag_of_torchserves() -> None:
    single = ["--serialized-file", "s", "--model-file", "f", "-r", "r", "-c", "y", "--model-path", "p"]
    rest = ["--extra-files", "a,b", "--runtime", "LSP", "--export-path", "e", "--archive-format", "zip-store"]
    ours = ["--digests", "--reproducible"]
    assert parse_request([*TS, "-v", "1.0", *single, *rest, "-f", *ours]) == ArchiveRequest(
        model_name="m",
        handler="h",
        version="1.0",
        model_path="p",
        serialized_file="s",
        model_file="f",
        extra_files="a,b",
        requirements_file="r",
        config_file="y",
        runtime="LSP",
        export_path="e",
        archive_format="zip-store",
        force=True,
        digests=True,
        reproducible=True,
    )


def test_every_flag_of_multi_model_servers() -> None:
    assert parse_request(
        [
            *TS,
            "--model-path",
            "p",
            "--runtime",
            "python2",
            "--export-path",
            "e",
            "--archive-format",
            "tgz",
            "-f",
            "-c",
        ]
    ) == ArchiveRequest(
        "m",
        "h",
        model_path="p",
        runtime="python2",
        export_path="e",
        archive_format="tgz",
        force=True,
        convert=True,
    )


@pytest.mark.parametrize(
    "version",
    [["-v", "1"], ["-v1"], ["-fv", "1"], ["--version", "1"], ["--version=1"], ["--vers", "1"], ["--v=1"]],
)
def test_the_version_makes_c_the_config_file(version: list[str]) -> None:
    request = parse_request([*TS, "--model-path", "p", "-c", "y", *version])
    assert (request.version, request.config_file, request.convert) == ("1", "y", False)


@pytest.mark.parametrize("path", [["--model-path", "p"], ["--model_path=p"], ["--model-pa", "p"]])
def test_the_model_path_alone_makes_c_a_switch(path: list[str]) -> None:
    request = parse_request([*TS, "-c", *path])
    assert (request.version, request.convert, request.model_path) == (None, True, "p")


def test_hyphens_and_underscores_are_alike_in_names_only() -> None:
    assert normalized(["--model_name", "a_b", "--model_name=a_b", "-f", "--x_y=c_d=e_f", "a_b"]) == [
        "--model-name", "a_b", "--model-name=a_b", "-f", "--x-y=c_d=e_f", "a_b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (TS, "the following arguments are required: -v/--version"),
        ([*TS, "-v", "1", "--convert"], "unrecognized arguments: --convert"),
        ([*TS, "--model-path", "p", "--extra-files", "a"], "unrecognized arguments: --extra-files a"),
        ([*TS, "-v", "1", "--runtime", "java"], "invalid choice: 'java'"),
        ([*TS, "-v", "1", "a.txt"], "unrecognized arguments: a.txt"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        parse_request(arguments)
    assert leaving.value.code == 2
    assert text in capsys.readouterr().err


def test_subcommands() -> None:
    options = parse_subcommand("inspect", ["f", "--json", "--max_entries", "3", "--key", "a", "--key", "b"])
    assert (options.file, options.json, options.max_entries, options.key) == ("f", True, 3, ["a", "b"])
    assert parse_subcommand("verify", ["f", "--key", "a"]).key == ["a"]
    assert parse_subcommand("sign", ["f", "--key", "a"]).key == "a"
    for name in ("verify", "sign"):
        with pytest.raises(SystemExit):
            parse_subcommand(name, ["f"])
