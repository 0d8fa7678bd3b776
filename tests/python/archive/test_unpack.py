import contextlib
import hashlib
import json
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.archives import manifest, tar_file, zip_file
from ovserve.archive.limits import UnpackLimits
from ovserve.archive.refusals import (
    ArchiveError,
    DigestError,
    InvalidManifestError,
    SignatureError,
    UnsafeArchiveError,
)
from ovserve.archive.signing import generate_keys, load_trusted_keys, sign_archive
from ovserve.archive.unpack import unpack
from ovserve.errors import OvserveError

MANIFEST = "MAR-INF/MANIFEST.json"
GOOD: list[tuple[str, bytes]] = [
    ("h.py", b"def handle(data, context): ..."),
    ("d/w.bin", b"\0\1"),
    (MANIFEST, manifest()),
]


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def test_a_zip_file(tmp_path: Path, parent: Path) -> None:
    model = unpack(zip_file(tmp_path / "x.mar", GOOD), parent)
    assert model.root.parent == parent
    assert (model.root / "d/w.bin").read_bytes() == b"\0\1"
    assert (model.manifest.model_name, model.manifest.handler) == ("m", "h.py")
    assert stat.S_IMODE(model.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((model.root / "h.py").stat().st_mode) == 0o600
    assert model.digest is None
    model.remove()
    assert not any(parent.iterdir())
    model.remove()


def test_two_copies_do_not_meet(tmp_path: Path, parent: Path) -> None:
    path = zip_file(tmp_path / "x.mar", GOOD)
    assert unpack(path, parent).root != unpack(path, parent).root


def test_a_tar_file_loses_its_top_directory(tmp_path: Path, parent: Path) -> None:
    path = tar_file(tmp_path / "x.tar.gz", [(f"top/{name}", content) for name, content in GOOD])
    model = unpack(path, parent)
    assert model.root.name == "top"
    assert (model.root / "h.py").is_file()
    assert model.manifest.model_name == "m"
    model.remove()
    assert not any(parent.iterdir())


def test_a_tar_file_without_a_top_directory(tmp_path: Path, parent: Path) -> None:
    assert (unpack(tar_file(tmp_path / "x.tgz", GOOD), parent).root / "h.py").is_file()
    only_manifest = tar_file(tmp_path / "y.tgz", [(MANIFEST, manifest())])
    assert unpack(only_manifest, parent).manifest.document is not None


def test_a_directory_is_used_in_place(tmp_path: Path, parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "outer" / "inner"
    (inner / "MAR-INF").mkdir(parents=True)
    (inner / MANIFEST).write_bytes(manifest())
    (inner / "h.py").write_text("")
    monkeypatch.chdir(tmp_path)
    for path in ("outer", "outer/inner"):
        model = unpack(path, parent)
        assert model.root == inner
        model.remove()
    assert inner.is_dir()
    assert not any(parent.iterdir())


def test_without_a_manifest_the_file_gives_the_name(tmp_path: Path, parent: Path) -> None:
    assert unpack(zip_file(tmp_path / "resnet.mar", [("h.py", b"")]), parent).manifest.model_name == "resnet"
    with pytest.raises(OvserveError, match="Model name contains special characters: 'a b'"):
        unpack(zip_file(tmp_path / "a b.mar", [("h.py", b"")]), parent)


def test_executables_stay_executable_and_nothing_else(tmp_path: Path, parent: Path) -> None:
    info = zipfile.ZipInfo("run.sh")
    info.external_attr = (stat.S_IFREG | 0o6777) << 16
    model = unpack(zip_file(tmp_path / "x.mar", [(info, b"")]), parent)
    assert stat.S_IMODE((model.root / "run.sh").stat().st_mode) == 0o700


def test_the_models_yaml_file(tmp_path: Path, parent: Path) -> None:
    members = [("m.yaml", b"batchSize: 4"), (MANIFEST, manifest(configFile="m.yaml"))]
    assert unpack(zip_file(tmp_path / "x.mar", members), parent).config.batch_size == 4


BAD_LINK = tarfile.TarInfo("link")
BAD_LINK.type, BAD_LINK.linkname = tarfile.SYMTYPE, "/etc"


@pytest.mark.parametrize(
    ("members", "kind", "text"),
    [
        (
            [("a", b""), ("../run-evil/x", b"")],
            UnsafeArchiveError,
            "member '../run-evil/x': the name has a \"..\"",
        ),
        ([("a", b""), ("/tmp/x", b"")], UnsafeArchiveError, "member '/tmp/x': the name is absolute"),
        ([(MANIFEST, b"{")], InvalidManifestError, "Failed to parse"),
        ([(MANIFEST, b"{}")], InvalidManifestError, "Missing Model entry in manifest file."),
        (
            [(MANIFEST, manifest(configFile="m.yaml"))],
            InvalidManifestError,
            "configFile m.yaml cannot be read",
        ),
    ],
)
def test_a_refused_archive_leaves_nothing_behind(
    tmp_path: Path, parent: Path, members: list[tuple[str, bytes]], kind: type[Exception], text: str
) -> None:
    for path in (zip_file(tmp_path / "x.mar", members), tar_file(tmp_path / "x.tgz", members)):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(kind) as error:
            unpack(path, parent)
        assert str(error.value).startswith(f"{path}: {text}")
        assert sorted(tmp_path.rglob("*")) == before


def test_a_link_at_the_end_of_a_tar_file(tmp_path: Path, parent: Path) -> None:
    path = tar_file(tmp_path / "x.tgz", [*GOOD, (BAD_LINK, b""), ("link/passwd", b"")])
    with pytest.raises(UnsafeArchiveError, match="member 'link': it is a link to '/etc'"):
        unpack(path, parent)
    assert not any(parent.iterdir())


def test_limits_can_be_set(tmp_path: Path, parent: Path) -> None:
    path = zip_file(tmp_path / "x.mar", GOOD)
    with pytest.raises(UnsafeArchiveError, match=r"\(max_entries\)"):
        unpack(path, parent, limits=UnpackLimits(max_entries=3))
    assert not any(parent.iterdir())


def test_what_is_no_archive(tmp_path: Path, parent: Path) -> None:
    (tmp_path / "x.mar").write_text("hello")
    with pytest.raises(ArchiveError, match=r"x.mar: the zip file is damaged: File is not a zip file"):
        unpack(tmp_path / "x.mar", parent)
    with pytest.raises(FileNotFoundError):
        unpack(tmp_path / "y.mar", parent)
    os.mkfifo(tmp_path / "pipe.mar")
    with pytest.raises(ArchiveError, match=r"pipe.mar: neither a file nor a directory"):
        unpack(tmp_path / "pipe.mar", parent)


def test_recorded_digests(tmp_path: Path, parent: Path) -> None:
    def archive(name: str, recorded: dict[str, bytes]) -> Path:
        document = json.loads(manifest())
        document["sha256"] = {key: hashlib.sha256(value).hexdigest() for key, value in recorded.items()}
        return zip_file(tmp_path / name, [*GOOD[:2], (MANIFEST, json.dumps(document).encode())])

    good = dict(GOOD[:2])
    assert unpack(archive("good.mar", good), parent).manifest.digests.keys() == good.keys()
    for recorded, text in (
        (good | {"h.py": b"other"}, "member 'h.py' is not what was recorded"),
        ({"h.py": good["h.py"]}, "member 'd/w.bin' has no digest"),
        (good | {"gone": b""}, "member 'gone' is missing"),
    ):
        with pytest.raises(DigestError, match=text):
            unpack(archive("bad.mar", recorded), parent)


def test_digests_of_a_directory_do_not_count_bytecode(tmp_path: Path, parent: Path) -> None:
    folder = unpack(zip_file(tmp_path / "x.mar", GOOD), tmp_path).root
    document = json.loads(manifest())
    document["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in GOOD[:2]}
    (folder / MANIFEST).write_text(json.dumps(document))
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/h.pyc").write_bytes(b"")
    assert unpack(folder, parent).root == folder
    (folder / "h.py").write_text("changed")
    with pytest.raises(DigestError, match=r"member 'h.py' is not what was recorded"):
        unpack(folder, parent)


def test_an_expected_digest(tmp_path: Path, parent: Path) -> None:
    path = zip_file(tmp_path / "x.mar", GOOD)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    model = unpack(path, parent, expected_digest=digest.upper())
    assert model.digest == digest
    assert sorted(entry.name for entry in model.root.iterdir()) == ["MAR-INF", "d", "h.py"]
    with pytest.raises(DigestError, match=f"its SHA-256 is {digest}, expected {'0' * 64}"):
        unpack(path, parent, expected_digest="0" * 64)
    with pytest.raises(ArchiveError, match="a directory has no digest"):
        unpack(model.root, parent, expected_digest=digest)


def test_a_required_signature(tmp_path: Path, parent: Path) -> None:
    path = zip_file(tmp_path / "x.mar", GOOD)
    public, key_id = generate_keys(str(tmp_path / "key"))
    keys = load_trusted_keys([public])
    with pytest.raises(SignatureError, match="it is not signed"):
        unpack(path, parent, trusted_keys=keys)
    sign_archive(str(path), str(tmp_path / "key"))
    assert unpack(path, parent, trusted_keys=keys).signed_by == key_id
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(SignatureError, match="it was changed after it was signed"):
        unpack(path, parent, trusted_keys=keys)
    with pytest.raises(SignatureError, match="a directory cannot be signed"):
        unpack(parent, parent, trusted_keys=keys)
    with pytest.raises(SignatureError, match="which is not trusted"):
        unpack(path, parent, trusted_keys=())


PARTS = st.sampled_from(["..", ".", "", "a", "b", "C:", "a\\..", "x" * 300, "run-evil", "MAR-INF", "\n"])
NAMES = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=10)), max_size=5), st.booleans())
def test_hostile_names_never_leave_the_directory(
    tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, bytes]], as_tar: bool
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    parent = folder / "run"
    parent.mkdir()
    (folder / "run-evil").mkdir()  # the sibling that a comparison of beginnings would let through
    if as_tar:
        path = tar_file(folder / "x.tgz", members)
    else:
        path = zip_file(folder / "x.mar", [(name or ".", content) for name, content in members])
    before = {name: os.lstat(name).st_mtime_ns for name in folder.rglob("*") if parent not in name.parents}
    before.pop(parent)
    model = None
    with contextlib.suppress(OvserveError):
        model = unpack(path, parent)
    assert len(list(parent.iterdir())) == (0 if model is None else 1)
    assert all(file.resolve().is_relative_to(parent) for file in parent.rglob("*"))
    after = {name: os.lstat(name).st_mtime_ns for name in folder.rglob("*") if parent not in name.parents}
    after.pop(parent)
    assert after == before
