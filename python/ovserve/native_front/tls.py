"""What connections are made with where TLS is asked for; OpenSSL is loaded only then."""

from ovserve._core import TransportFactory
from ovserve.config.schema import TlsFiles
from ovserve.errors import ConfigurationError


def tls_transports(files: TlsFiles) -> TransportFactory:
    """Read the files, for the native front.

    Raises:
        ConfigurationError: a file cannot be used, and the message names it and its option; or this
            installation has no TLS.
    """
    try:
        from ovserve._tls import TlsTransportFactory
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "--tls_certificate: ovserve was built without TLS, because OpenSSL's headers were missing; "
            "install them (apt-get install libssl-dev) and ovserve anew"
        ) from error
    except ImportError as error:
        raise ConfigurationError(
            f"--tls_certificate: OpenSSL 3 cannot be loaded: {error}; install it (apt-get install libssl3)"
        ) from error
    try:
        return TlsTransportFactory(certificate=files.certificate, key=files.key, client_ca=files.client_ca)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
