import base64
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ovserve.archive.refusals import SignatureError
from ovserve.archive.signing import (
    generate_keys,
    load_trusted_keys,
    read_signature,
    require_signed,
    sign_archive,
)
from ovserve.errors import AlreadyExistsError, FailedPreconditionError, InvalidArgumentError


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "m.mar"
    path.write_bytes(b"any file")
    return path


@pytest.fixture
def private(tmp_path: Path) -> str:
    generate_keys(str(tmp_path / "key"))
    return str(tmp_path / "key")


def test_a_signature_fits_its_archive_and_no_other(archive: Path, private: str) -> None:
    before = archive.read_bytes()
    assert sign_archive(str(archive), private) == f"{archive}.sig"
    assert archive.read_bytes() == before
    keys = load_trusted_keys([f"{private}.pub"])
    assert require_signed(str(archive), keys) == keys[0].key_id
    archive.write_bytes(b"another file")
    with pytest.raises(SignatureError, match=f"it was changed after it was signed: .* key {keys[0].key_id}"):
        require_signed(str(archive), keys)


def test_signing_again_replaces_the_signature(archive: Path, private: str, tmp_path: Path) -> None:
    sign_archive(str(archive), private)
    archive.write_bytes(b"new")
    sign_archive(str(archive), private)
    require_signed(str(archive), load_trusted_keys([f"{private}.pub"]))
    assert sorted(os.listdir(tmp_path)) == ["key", "key.pub", "m.mar", "m.mar.sig"]


def test_the_private_key_is_private_and_never_overwritten(private: str) -> None:
    assert stat.S_IMODE(os.stat(private).st_mode) == 0o600
    before = Path(private).read_bytes()
    with pytest.raises(AlreadyExistsError, match=r"key.pub already exists"):
        generate_keys(private)
    os.remove(f"{private}.pub")
    with pytest.raises(AlreadyExistsError, match="key already exists"):
        generate_keys(private)
    assert Path(private).read_bytes() == before
    assert not os.path.exists(f"{private}.pub")


def test_no_signature_or_one_of_a_stranger(archive: Path, private: str, tmp_path: Path) -> None:
    keys = load_trusted_keys([f"{private}.pub"])
    with pytest.raises(SignatureError, match=r"it is not signed: there is no .sig file beside it"):
        require_signed(str(archive), keys)
    _, stranger = generate_keys(str(tmp_path / "stranger"))
    sign_archive(str(archive), str(tmp_path / "stranger"))
    with pytest.raises(SignatureError, match=f"signed by key {stranger}, which is not trusted"):
        require_signed(str(archive), keys)


def test_a_forged_signature(archive: Path, private: str) -> None:
    path = sign_archive(str(archive), private)
    document = json.loads(Path(path).read_text())
    for value in (bytes(64), b"", b"short"):
        document["signature"] = base64.b64encode(value).decode()
        Path(path).write_text(json.dumps(document))
        with pytest.raises(SignatureError, match="it has a forged signature"):
            require_signed(str(archive), load_trusted_keys([f"{private}.pub"]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 4000,
        " " * 5000,
        '{"algorithm": "RSA", "key_id": "0", "sha256": "0", "signature": ""}',
        '{"algorithm": "Ed25519", "key_id": "\\u001b[0m", "sha256": "0", "signature": ""}',
        '{"algorithm": "Ed25519", "key_id": [], "sha256": "0", "signature": ""}',
        '{"algorithm": "Ed25519", "key_id": "0", "sha256": "0", "signature": "?"}',
    ],
)
def test_what_is_no_signature_file(archive: Path, text: str) -> None:
    Path(f"{archive}.sig").write_text(text)
    with pytest.raises(SignatureError, match=r"m.mar.sig is no signature file of ovserve"):
        read_signature(str(archive))


def test_a_signature_file_that_cannot_be_read(archive: Path) -> None:
    Path(f"{archive}.sig").mkdir()
    with pytest.raises(SignatureError, match=r"m.mar.sig cannot be read: Is a directory"):
        read_signature(str(archive))


def test_directories_are_not_signed(tmp_path: Path, private: str) -> None:
    with pytest.raises(SignatureError, match="a directory cannot be signed"):
        require_signed(str(tmp_path), load_trusted_keys([f"{private}.pub"]))
    with pytest.raises(InvalidArgumentError, match="a directory cannot be signed"):
        sign_archive(str(tmp_path), private)


def test_trusted_keys_come_from_files_and_directories(tmp_path: Path, private: str) -> None:
    other, _ = generate_keys(str(tmp_path / "other"))
    both = tmp_path / "both.txt"
    both.write_bytes(Path(f"{private}.pub").read_bytes() + b"a comment\n" + Path(other).read_bytes())
    assert len(load_trusted_keys([str(both)])) == 2
    assert len(load_trusted_keys([str(tmp_path)])) == 2
    assert len(load_trusted_keys([other, other])) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "key.pub: no public key in PEM form"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "key.pub: broken public key"),
    ],
)
def test_what_is_no_public_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "key.pub").write_text(text)
    with pytest.raises(InvalidArgumentError, match=message):
        load_trusted_keys([str(tmp_path / "key.pub")])


def test_no_keys_at_all(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="no trusted keys are given"):
        load_trusted_keys([str(tmp_path)])


def test_a_public_key_does_not_sign(archive: Path, private: str) -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"key.pub: no private key in PEM form without a passphrase"
    ):
        sign_archive(str(archive), f"{private}.pub")


def test_another_kind_of_key(archive: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    (tmp_path / "ec").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "ec.pub").write_bytes(
        key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(InvalidArgumentError, match="ec: not an Ed25519 key"):
        sign_archive(str(archive), str(tmp_path / "ec"))
    with pytest.raises(InvalidArgumentError, match=r"ec.pub: not an Ed25519 key"):
        load_trusted_keys([str(tmp_path / "ec.pub")])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")
def test_keys_and_signatures_are_openssls(archive: Path, tmp_path: Path) -> None:
    private = str(tmp_path / "key.pem")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)

    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", f"{private}.pub")
    document = json.loads(Path(sign_archive(str(archive), private)).read_text())
    require_signed(str(archive), load_trusted_keys([f"{private}.pub"]))
    (tmp_path / "message").write_text(f"ovserve archive signature 1\n{document['sha256']}\n")
    (tmp_path / "signature").write_bytes(base64.b64decode(document["signature"]))
    verify = ("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", f"{private}.pub")
    openssl(*verify, "-in", str(tmp_path / "message"), "-sigfile", str(tmp_path / "signature"))


def test_without_the_package_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(FailedPreconditionError, match=r"pip install 'ovserve\[signing\]'"):
        generate_keys(str(tmp_path / "key"))
