"""Ed25519 signatures of archives, each in a file of its own beside the archive.

``FILE.sig`` leaves the archive as it is, byte by byte, so that other servers read it as before. Signed is
the archive's SHA-256 with a line before it that says what it is for, so that no signature made for another
purpose counts here.

Source: RFC 8032; keys are PEM files as ``openssl genpkey -algorithm ed25519`` writes them.
"""

import base64
import binascii
import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ovserve.archive.digests import file_digest
from ovserve.archive.refusals import SignatureError
from ovserve.errors import AlreadyExistsError, FailedPreconditionError, InvalidArgumentError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SIGNATURE_SUFFIX = ".sig"

_ALGORITHM = "Ed25519"
_PURPOSE = "ovserve archive signature 1"
_LONGEST_SIGNATURE_FILE = 4096  # bytes
_PUBLIC_BLOCK = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key whose signatures count."""

    key_id: str
    """The first 16 hexadecimal digits of the raw key's SHA-256."""

    key: "Ed25519PublicKey"


@dataclass(frozen=True, slots=True)
class Signature:
    """The content of a signature file, not yet checked."""

    key_id: str
    digest: str
    value: bytes


def generate_keys(private_path: str) -> tuple[str, str]:
    """Make a pair of keys: the private one with mode 600, the public one beside it with ``.pub``.

    Returns:
        the public key's path and its id.

    Raises:
        AlreadyExistsError: one of the files is there.
        FailedPreconditionError: the package cryptography is missing.
        OSError: they cannot be written.
    """
    ed25519, serialization = _cryptography()
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key()
    public_path = f"{private_path}.pub"
    if os.path.lexists(public_path):
        raise AlreadyExistsError(f"{public_path} already exists")
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    _write_new(private_path, private.private_bytes(pem, pkcs8, serialization.NoEncryption()), 0o600)
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    _write_new(public_path, public.public_bytes(pem, spki), 0o644)
    return public_path, _key_id(public)


def sign_archive(path: str, private_key_path: str) -> str:
    """Write ``path.sig``, in place of an older one, and return its path.

    Raises:
        InvalidArgumentError: the archive is a directory, or the key file holds no private Ed25519 key.
        FailedPreconditionError: the package cryptography is missing.
        OSError: a file cannot be read or written.
    """
    _refuse_directory(path)
    ed25519, serialization = _cryptography()
    try:
        key = serialization.load_pem_private_key(Path(private_key_path).read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise InvalidArgumentError(
            f"{private_key_path}: no private key in PEM form without a passphrase: {error}"
        ) from None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise InvalidArgumentError(f"{private_key_path}: not an {_ALGORITHM} key")
    digest = file_digest(path)
    document = {
        "algorithm": _ALGORITHM,
        "key_id": _key_id(key.public_key()),
        "sha256": digest,
        "signature": base64.b64encode(key.sign(_message(digest))).decode(),
    }
    target = path + SIGNATURE_SUFFIX
    aside = f"{target}.{os.getpid()}.new"
    _write_new(aside, json.dumps(document, indent=2).encode() + b"\n", 0o644)
    os.replace(aside, target)
    return target


def load_trusted_keys(paths: Iterable[str]) -> tuple[TrustedKey, ...]:
    """Read public keys.

    Args:
        paths: PEM files, which may hold several keys, and directories of ``*.pub`` and ``*.pem`` files.

    Raises:
        InvalidArgumentError: a file holds no public Ed25519 key, or there are none at all.
        FailedPreconditionError: the package cryptography is missing.
        OSError: a file cannot be read.
    """
    ed25519, serialization = _cryptography()
    keys: dict[str, TrustedKey] = {}
    for path in _key_files(paths):
        blocks = _PUBLIC_BLOCK.findall(path.read_bytes())
        if not blocks:
            raise InvalidArgumentError(f"{path}: no public key in PEM form")
        for block in blocks:
            try:
                key = serialization.load_pem_public_key(block)
            except ValueError as error:
                raise InvalidArgumentError(f"{path}: broken public key: {error}") from None
            if not isinstance(key, ed25519.Ed25519PublicKey):
                raise InvalidArgumentError(f"{path}: not an {_ALGORITHM} key")
            keys[_key_id(key)] = TrustedKey(_key_id(key), key)
    if not keys:
        raise InvalidArgumentError("no trusted keys are given")
    return tuple(keys.values())


def read_signature(path: str) -> Signature | None:
    """Read the signature file of an archive; None if there is none.

    Raises:
        SignatureError: it is there, but not in our form.
    """
    signature_path = path + SIGNATURE_SUFFIX
    try:
        with open(signature_path, "rb") as file:
            text = file.read(_LONGEST_SIGNATURE_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SignatureError(f"{signature_path} cannot be read: {error.strerror}") from error
    try:
        document = json.loads(text)
        if document["algorithm"] != _ALGORITHM:
            raise ValueError("unknown algorithm")
        value = base64.b64decode(document["signature"], validate=True)
        key_id, digest = document["key_id"], document["sha256"]
        if not (re.fullmatch(r"[0-9a-f]{16}", key_id) and re.fullmatch(r"[0-9a-f]{64}", digest)):
            raise ValueError("no key or digest")
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise SignatureError(f"{signature_path} is no signature file of ovserve") from None
    return Signature(key_id, digest, value)


def check_signature(digest: str, signature: Signature | None, trusted: Sequence[TrustedKey]) -> str:
    """Check a signature against the archive's own digest and return the id of the key that made it.

    Raises:
        SignatureError: there is none, its key is not trusted, or it is for another content.
    """
    from cryptography.exceptions import InvalidSignature

    if signature is None:
        raise SignatureError(f"it is not signed: there is no {SIGNATURE_SUFFIX} file beside it")
    by_id = {key.key_id: key for key in trusted}
    key = by_id.get(signature.key_id)
    if key is None:
        raise SignatureError(f"it is signed by key {signature.key_id}, which is not trusted")
    try:
        key.key.verify(signature.value, _message(digest))
    except InvalidSignature:
        changed = (
            "was changed after it was signed" if signature.digest != digest else "has a forged signature"
        )
        raise SignatureError(f"it {changed}: the signature by key {key.key_id} does not fit") from None
    return key.key_id


def require_signed(path: str, trusted: Sequence[TrustedKey]) -> str:
    """Check the signature of an archive file and return the id of the key that made it.

    To use the archive afterwards let :func:`ovserve.archive.unpack.unpack` check it: that one unpacks the
    very bytes which it checked.

    Raises:
        SignatureError: see :func:`check_signature`; a directory has no signature.
        OSError: the archive cannot be read.
    """
    if os.path.isdir(path):
        raise SignatureError("a directory cannot be signed; make an archive of it")
    return check_signature(file_digest(path), read_signature(path), trusted)


def _message(digest: str) -> bytes:
    return f"{_PURPOSE}\n{digest}\n".encode()


def _key_id(key: "Ed25519PublicKey") -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _key_files(paths: Iterable[str]) -> list[Path]:
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            files += sorted(file for file in path.iterdir() if file.suffix in (".pub", ".pem"))
        else:
            files.append(path)
    return files


def _refuse_directory(path: str) -> None:
    if os.path.isdir(path):
        raise InvalidArgumentError(f"{path}: a directory cannot be signed; make an archive of it")


def _write_new(path: str, content: bytes, mode: int) -> None:
    """Write a file that is not there yet; it has its mode from the start."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise AlreadyExistsError(f"{path} already exists") from None
    with open(handle, "wb") as file:
        file.write(content)


def _cryptography() -> tuple[Any, Any]:
    """Return the modules ed25519 and serialization: only who signs needs them installed."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise FailedPreconditionError(
            "signatures need the package cryptography; install it with: pip install 'ovserve[signing]'"
        ) from None
    return ed25519, serialization
