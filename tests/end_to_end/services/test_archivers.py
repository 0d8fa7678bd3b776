"""Archives of both archivers, with the handlers of their documents as printed."""

from pathlib import Path

import pytest

from harness.archives import run_archiver
from harness.document_handlers import MODEL_HANDLER
from harness.service_server import ServiceServer


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("torch-model-archiver", ["--version", "1.0", "--handler", "model_handler.py"]),
        (
            "model-archiver",
            ["--handler", "model_handler:handle", "--model-path", ".", "--runtime", "python3"],
        ),
    ],
)
def test_the_documents_example(
    tool: str, arguments: list[str], server: ServiceServer, store: Path, tmp_path: Path
) -> None:
    name = tool.replace("-", "_")
    (tmp_path / "model_handler.py").write_text(MODEL_HANDLER)
    made = run_archiver(tool, ["--model-name", name, *arguments, "--export-path", str(store)], tmp_path)
    assert made.returncode == 0, made.stderr
    assert server.manage(f"/models?url={name}.mar&initial_workers=1", "POST").status == 200
    answer = server.predict(name, b"hello", content_type="application/octet-stream")
    assert (answer.status, answer.body) == (200, b"OK")

    # A batch that is not full fails its own assertion, and the worker lives on.
    assert server.manage(f"/models/{name}", "DELETE").status == 200
    assert server.manage(f"/models?url={name}.mar&initial_workers=1&batch_size=2", "POST").status == 200
    (before,) = server.describe(name)
    partial = server.predict(name, b"hello")
    assert (partial.status, partial.message) == (503, "Prediction failed")
    (after,) = server.describe(name)
    assert [each["pid"] for each in after["workers"]] == [each["pid"] for each in before["workers"]]
    assert server.manage(f"/models/{name}", "DELETE").status == 200
