"""Write the services of a run as archives of another server.

Called with ``SERVER CONFIG FOLDER PORT``. SERVER: ``torchserve`` or ``multi-model-server``;
CONFIG: names the services; FOLDER: gets ``SERVER/store`` and ``SERVER/config.properties``; PORT: where
predictions are to be answered.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from perf.servers.ports import free_port

_RESPONSE_TIMEOUT_S = 60


def main() -> None:
    server, config, folder, port = sys.argv[1:]
    store = Path(folder, server, "store")
    store.mkdir(parents=True, exist_ok=True)
    services = [
        entry["config"]
        for entry in json.loads(Path(config).read_text())["model_config_list"]
        # The batch size of Multi Model Server is set by its management API alone.
        if "handler" in entry["config"] and (server == "torchserve" or entry["config"]["batch_size"] == 1)
    ]
    for service in services:
        _pack(server, service, store)
    lines = {
        "inference_address": f"http://127.0.0.1:{port}",
        "management_address": f"http://127.0.0.1:{free_port()}",
        "default_workers_per_model": "1",
        "job_queue_size": "1000",
        "load_models": "all",
        "model_store": str(store),
    }
    if server == "torchserve":
        lines["models"] = json.dumps({service["name"]: {"1.0": _settings(service)} for service in services})
        lines["metrics_address"] = f"http://127.0.0.1:{free_port()}"
        lines["grpc_inference_port"] = str(free_port())
        lines["grpc_management_port"] = str(free_port())
    text = "".join(f"{key}={value}\n" for key, value in lines.items())
    Path(folder, server, "config.properties").write_text(text)


def _pack(server: str, service: dict[str, Any], store: Path) -> None:
    folder, module = Path(service["base_path"]), service["handler"].partition(":")[0]
    command = [sys.executable, "-m", "ovserve", "archive", "--model-name", service["name"], "--force"]
    if server == "torchserve":
        others = [str(file) for file in folder.iterdir() if file.suffix in (".xml", ".bin")]
        command += ["--version", "1.0", "--handler", str(folder / f"{module}.py")]
        command += ["--extra-files", ",".join(others)] if others else []
    else:
        command += ["--model-path", str(folder), "--handler", module, "--runtime", "python3"]
    subprocess.run([*command, "--export-path", str(store)], check=True)


def _settings(service: dict[str, Any]) -> dict[str, Any]:
    return {
        "marName": f"{service['name']}.mar",
        "defaultVersion": True,
        "minWorkers": service["workers"],
        "maxWorkers": service["workers"],
        "batchSize": service["batch_size"],
        "maxBatchDelay": service["max_batch_delay"],
        "responseTimeout": _RESPONSE_TIMEOUT_S,
    }


if __name__ == "__main__":
    main()
