import sys
from pathlib import Path

import pytest

from harness.certificates import Certificates
from ovserve._core import TransportFactory
from ovserve.config.schema import TlsFiles
from ovserve.errors import ConfigurationError
from ovserve.native_front.tls import tls_transports


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def test_files_that_fit(certificates: Certificates) -> None:
    server = (str(certificates.server), str(certificates.server_key))
    assert isinstance(tls_transports(TlsFiles(*server)), TransportFactory)
    assert isinstance(tls_transports(TlsFiles(*server, str(certificates.authority))), TransportFactory)


def test_files_that_do_not(certificates: Certificates) -> None:
    key = certificates.client_key
    with pytest.raises(ConfigurationError) as caught:
        tls_transports(TlsFiles(str(certificates.server), str(key)))
    expected = f"--tls_key {key} does not belong to --tls_certificate {certificates.server}: "
    assert str(caught.value).startswith(expected)


def test_an_installation_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ovserve._tls", raising=False)
    monkeypatch.setattr("ovserve.__path__", [])
    with pytest.raises(ConfigurationError, match=r"without TLS, .*apt-get install libssl-dev"):
        tls_transports(TlsFiles("a.pem", "a.key"))


def test_a_system_without_openssl(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "_tls.py").write_text("raise ImportError('libssl.so.3: cannot open shared object file')")
    monkeypatch.delitem(sys.modules, "ovserve._tls", raising=False)
    monkeypatch.setattr("ovserve.__path__", [str(tmp_path)])
    with pytest.raises(ConfigurationError, match=r"libssl\.so\.3: .*apt-get install libssl3"):
        tls_transports(TlsFiles("a.pem", "a.key"))
