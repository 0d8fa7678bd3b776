"""A server with a store of services, as its users run it, and what is in the store."""

import json
import textwrap
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.archives import run_archiver
from harness.server_process import ServerProcess, free_port


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """Of an error."""
        message: str = self.json["message"]
        return message


def ask(
    url: str,
    body: bytes | None = None,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    content_type: str = "",
) -> Answer:
    """Return the answer to a request, whatever its status."""
    fields = dict(headers or {})
    if body is not None:
        fields["Content-Type"] = content_type
    request = urllib.request.Request(url, data=body, method=method, headers=fields)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, dict(answer.headers.items()), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers.items()), error.read())


def write_service(folder: Path, name: str, code: str, **files: bytes) -> Path:
    """A folder of the store with a handler ``service.py`` and a manifest."""
    service = folder / name
    (service / "MAR-INF").mkdir(parents=True)
    (service / "service.py").write_text(textwrap.dedent(code))
    model = {"modelName": name, "modelVersion": "1.0", "handler": "service:handle"}
    manifest = {"runtime": "python", "model": model, "archiverVersion": "0.12.0"}
    (service / "MAR-INF/MANIFEST.json").write_text(json.dumps(manifest))
    for file, content in files.items():
        (service / file).write_bytes(content)
    return service


def archive(store: Path, name: str, code: str, version: str = "1.0", *arguments: str) -> Path:
    """An archive made by the real torch-model-archiver; ``code`` is its handler's module."""
    source = store.parent / f"sources_{name}_{version}"
    source.mkdir(exist_ok=True)
    (source / "service.py").write_text(textwrap.dedent(code))
    done = run_archiver(
        "torch-model-archiver",
        [
            *("--model-name", name, "--version", version, "--handler", "service.py"),
            *("--export-path", str(store), "--force", *arguments),
        ],
        source,
    )
    assert done.returncode == 0, done.stderr
    made = store / f"{name}.mar"
    assert made.is_file()
    return made


class ServiceServer(ServerProcess):
    """A server over a store.

    Without ``tokens`` nobody needs a key; with ``grpc`` both ports for that are open too.
    """

    def __init__(
        self,
        store: Path,
        folder: Path,
        *arguments: str,
        front: str = "native",
        tokens: bool = False,
        model_api: bool = True,
        grpc: bool = False,
    ) -> None:
        self.management_port, self.metrics_port = free_port(), free_port()
        self.grpc_management_port = 0
        if grpc:
            self.grpc_management_port = free_port()
            properties = folder / "config.properties"
            properties.write_text(f"grpc_management_port={self.grpc_management_port}\n")
            arguments = (*arguments, "--ts_config", str(properties))
        given = [] if tokens else ["--disable_token_auth"]
        given += ["--enable_model_api"] if model_api else []
        super().__init__(
            *("--model_store", str(store)),
            *("--management_port", str(self.management_port), "--metrics_port", str(self.metrics_port)),
            *("--grpc_frontend", front, *given, *arguments),
            grpc=grpc,
            folder=folder,
        )
        self.folder = folder

    @property
    def management(self) -> str:
        return f"http://127.0.0.1:{self.management_port}"

    @property
    def metrics(self) -> str:
        """The text of the metrics page."""
        return ask(f"http://127.0.0.1:{self.metrics_port}/metrics").body.decode()

    def predict(self, name: str, body: bytes = b"", **request: Any) -> Answer:
        return ask(f"{self.url}/predictions/{name}", body, **request)

    def manage(self, path: str, method: str = "GET", **request: Any) -> Answer:
        return ask(f"{self.management}{path}", method=method, **request)

    def describe(self, name: str, version: str = "", query: str = "") -> list[dict[str, Any]]:
        answer = self.manage(f"/models/{name}{'/' + version if version else ''}{query}")
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json
        return found

    def keys(self) -> dict[str, str]:
        """The keys of the key file, as headers."""
        document = json.loads((self.folder / "key_file.json").read_text())
        return {name: f"Bearer {entry['key']}" for name, entry in document.items()}
