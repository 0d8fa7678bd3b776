from pathlib import Path

import pytest

from perf.servers.description import DescriptionError, fill, read_description

PEERS = Path(__file__).parents[2] / "perf" / "peers"


def write(folder: Path, text: str) -> Path:
    path = folder / "peer.toml"
    path.write_text(text)
    return path


def test_a_description_with_everything(tmp_path: Path) -> None:
    peer = read_description(
        write(
            tmp_path,
            'name = "p"\ncommand = ["run", "{grpc_port}"]\nready_path = "/ready"\nprepare = ["make"]\n'
            'process_command = ["id"]\nneeds = ["no-such-program"]\n'
            '[protocols]\nkserve_grpc = ""\ntfs_rest = "/predictions/{model}"\n[environment]\nA = "b"\n',
        )
    )
    assert peer.kind == "peer"
    assert peer.protocols["kserve_grpc"] == "/inference.GRPCInferenceService/ModelInfer"
    assert peer.protocols["tfs_rest"] == "/predictions/{model}"
    assert peer.missing() == "not installed: no-such-program"
    assert peer.here == str(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("command = [", "peer.toml"),
        ('[protocols]\nkserve_grpc = ""', "command is missing"),
        ('command = ["run"]', "protocols is missing"),
        ('command = "run"\n[protocols]\nkserve_grpc = ""', "command: expected a list of texts"),
        ('command = ["run"]\n[protocols]\nfoo = ""', "protocols.foo: expected one of kserve_grpc"),
        ('command = ["run"]\nport = 1\n[protocols]\nkserve_grpc = ""', "port: unknown key"),
    ],
)
def test_mistakes_are_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match=message):
        read_description(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match=r"nosuch\.toml"):
        read_description(tmp_path / "nosuch.toml")


def test_placeholders_are_filled_and_other_braces_stay() -> None:
    assert fill(["--p={port}", '{"a": 1}'], {"port": 80}) == ["--p=80", '{"a": 1}']


@pytest.mark.parametrize("path", sorted(PEERS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_peers_that_come_along_can_be_read(path: Path) -> None:
    assert read_description(path).name == path.stem
