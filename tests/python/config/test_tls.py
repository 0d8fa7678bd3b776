import pytest

from ovserve.config.schema import TlsFiles
from ovserve.config.tls import parse_tls_files
from ovserve.errors import ConfigurationError


def test_files() -> None:
    assert parse_tls_files("", "", "") is None
    assert parse_tls_files("a.pem", "a.key", "") == TlsFiles("a.pem", "a.key")
    assert parse_tls_files("a.pem", "a.key", "ca.pem") == TlsFiles("a.pem", "a.key", "ca.pem")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("a.pem", "", ""), "--tls_key is missing: --tls_certificate needs it"),
        (("", "a.key", ""), "--tls_certificate is missing: --tls_key needs it"),
        (("", "", "ca.pem"), "--tls_certificate is missing: --tls_client_ca needs it"),
        (("a.pem", "", "ca.pem"), "--tls_key is missing: --tls_certificate, --tls_client_ca needs it"),
    ],
)
def test_a_file_without_those_that_it_needs(files: tuple[str, str, str], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_tls_files(*files, "--")
    assert str(caught.value) == message
