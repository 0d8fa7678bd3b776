"""Files encrypted with AES-256 in GCM mode, which also notices every change of them."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SUFFIX = ".enc"
KEY_BYTES = 32
_NONCE_BYTES = 12


def encrypt(content: bytes, key: bytes, name: str) -> bytes:
    """Return nonce, ciphertext and tag; ``name`` must be the same again for decrypting."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, name.encode())


def decrypt(file: Path, key: bytes) -> bytes:
    """Return what ``file`` was before it was encrypted and got its suffix.

    Raises:
        ValueError: another key, another name, or the file was changed.
    """
    content = file.read_bytes()
    name = file.name.removesuffix(SUFFIX)
    try:
        return AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], name.encode())
    except InvalidTag:
        raise ValueError(f"{file} was encrypted with another key, or changed since") from None
