"""Certificates for tests of TLS, made on the spot."""

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)


class Certificates:
    """Files in PEM form, each as a path.

    ``authority`` has signed ``server`` (for localhost and 127.0.0.1) and ``client``; ``other_authority``,
    whom nobody trusts, has signed ``stranger``. ``locked_key`` is the server's with a pass phrase.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        known, unknown = trustme.CA(), trustme.CA()
        self.authority = self._write("authority.pem", known.cert_pem)
        self.other_authority = self._write("other_authority.pem", unknown.cert_pem)
        server = known.issue_cert("localhost", "127.0.0.1")
        self.server, self.server_key = self._issue("server", server)
        self.client, self.client_key = self._issue("client", known.issue_cert("client.example"))
        self.stranger, self.stranger_key = self._issue("stranger", unknown.issue_cert("client.example"))
        self.locked_key = folder / "locked.key"
        key = load_pem_private_key(server.private_key_pem.bytes(), None)
        locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
        self.locked_key.write_bytes(locked)

    @property
    def flags(self) -> list[str]:
        """What a server is started with."""
        return ["--tls_certificate", str(self.server), "--tls_key", str(self.server_key)]

    def _issue(self, name: str, issued: trustme.LeafCert) -> tuple[Path, Path]:
        chain = self._folder / f"{name}.pem"
        chain.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
        return chain, self._write(f"{name}.key", issued.private_key_pem)

    def _write(self, name: str, content: trustme.Blob) -> Path:
        content.write_to_path(str(self._folder / name))
        return self._folder / name
