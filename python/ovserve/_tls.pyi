"""TLS for the native front. A library of its own: whoever imports it loads OpenSSL."""

from ovserve._core import TransportFactory

class TlsTransportFactory(TransportFactory):
    """TLS 1.2 and 1.3 by files in PEM form; ``client_ca`` "": clients need no certificate.

    Raises:
        ValueError: a file cannot be used; the message names it, its option, and OpenSSL's reason.
    """

    def __init__(self, *, certificate: str, key: str, client_ca: str) -> None: ...
