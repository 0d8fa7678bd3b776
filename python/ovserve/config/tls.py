"""The files of TLS: which ones go together."""

from ovserve.config.schema import TlsFiles
from ovserve.errors import ConfigurationError


def parse_tls_files(certificate: str, key: str, client_ca: str, dashes: str = "") -> TlsFiles | None:
    """Return the files, or None without any. The empty text stands for what is not given.

    Args:
        certificate: what the server shows, with those that lead to an authority, in PEM form.
        key: the private key that belongs to it.
        client_ca: the authorities of which clients must show a certificate.
        dashes: what the caller writes before names.

    Raises:
        ConfigurationError: a file without those that it needs.
    """
    given = {"tls_certificate": certificate, "tls_key": key, "tls_client_ca": client_ca}
    if not any(given.values()):
        return None
    for name in ("tls_certificate", "tls_key"):
        if not given[name]:
            others = ", ".join(f"{dashes}{other}" for other, file in given.items() if file)
            raise ConfigurationError(f"{dashes}{name} is missing: {others} needs it")
    return TlsFiles(certificate, key, client_ca)
