"""Who may know whom: the arrows between folders point one way, in Python and in C++."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "python/ovserve"
CPP = ROOT / "cpp"

# A package or module, and what it may import of ours.
PYTHON_ARROWS = {
    "errors": set(),
    "_openvino_library": set(),
    "log": set(),
    "at_exit": set(),
    "_core": {"errors"},
    "config": {"errors", "_core"},
    "config_editing": {"config", "errors"},
    "ts_config": {"config", "errors"},
    "management": {"ts_config", "config", "errors"},
    "polling": {"config", "errors", "_core"},
    "grpc_api": {"config", "errors", "_core"},
    "loader_trace": {"_core"},
    "rest_api": {"access_log", "loader_trace", "polling", "config", "errors", "_core"},
    "_tls": {"_core"},
    "access_log": set(),
    "native_front": {"access_log", "grpc_api", "rest_api", "config", "errors", "_core", "_tls"},
    "service_grpc": {
        "grpc_api",
        "service_api",
        "service_host",
        "services",
        "management",
        "rest_api",
        "ts_config",
        "config",
        "errors",
        "_core",
    },
    "python_front": {"grpc_api", "rest_api", "config", "_core"},
    "loaders": {"config", "errors", "_core"},
    "testing": {"config"},
    "workbench": {"loaders", "loader_trace", "testing", "config", "errors", "_core"},
    "c_loader": {"errors"},
    "archive": {"errors"},
    "services": {"errors", "_core"},
    "service_host": {"archive", "management", "services", "ts_config", "config", "errors"},
    "service_api": {
        "service_host",
        "services",
        "archive",
        "management",
        "rest_api",
        "config",
        "errors",
        "_core",
    },
    "service_parts": {
        "grpc_api",
        "service_grpc",
        "service_api",
        "service_host",
        "management",
        "rest_api",
        "ts_config",
        "config",
        "errors",
        "_core",
    },
    "imil": {"services", "config", "errors"},
    "supervisor": set(),
    "server_parts": {
        "native_front",
        "python_front",
        "rest_api",
        "service_parts",
        "ts_config",
        "polling",
        "config",
        "log",
        "errors",
        "_core",
    },
    "server": {
        "at_exit",
        "server_parts",
        "service_parts",
        "supervisor",
        "polling",
        "ts_config",
        "config",
        "errors",
        "_core",
    },
    "cli": {
        "server",
        "archive",
        "workbench",
        "management",
        "config_editing",
        "config",
        "log",
        "access_log",
        "errors",
    },
    "__main__": {"cli"},
    "__init__": {"server", "loaders", "polling", "errors", "_core", "_openvino_library"},
}
# Imported by interpreters that have nothing of ours but this folder.
WORKER_SIDE = PYTHON / "services/worker_side"
WORKER_ARROWS = {
    "ovserve_worker": {"ovserve_worker", "ts", "mms"},
    "ts": {"ts", "ovserve_worker"},
    "mms": {"ovserve_worker"},
    "modelloader": {"ovserve_worker"},
    "milapi": {"ovserve_worker"},
    "milutils": {"ovserve_worker"},
}
# Of the workers' side the server imports these, under the package's own name: hence relative imports there.
ON_BOTH_SIDES = {"frames", "messages", "tensors"}
CPP_ARROWS = {
    "include": set(),
    "base": set(),
    "loader": {"base", "include"},
    "engine": {"base"},
    "codec": {"base"},
    "image": {"base"},
    "metrics": {"base"},
    "front": {"base"},
    "tls": {"front", "base"},
    # Of loader and engine the repository sees the interfaces alone; see below.
    "repository": {"base", "loader", "engine"},
    "serving": {"repository", "codec", "image", "metrics", "engine", "base"},
    "gateway": {"front", "serving", "repository", "codec", "base"},
    "bindings": {
        "gateway",
        "front",
        "serving",
        "repository",
        "codec",
        "image",
        "metrics",
        "loader",
        "engine",
        "base",
        "tls",
    },
}
INTERFACES = {"loader/loader.h", "loader/loader_host.h", "engine/model.h"}


def python_parts() -> list[Path]:
    return sorted(path for path in PYTHON.rglob("*.py*") if path.suffix in (".py", ".pyi"))


def part_of(path: Path) -> str:
    first = path.relative_to(PYTHON).parts[0]
    return first.removesuffix(".py").removesuffix(".pyi")


def imports_of(path: Path) -> set[str]:
    """The parts of ovserve that a file imports, also inside functions and for types alone."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                assert path.parent == WORKER_SIDE / "ovserve_worker", f"{path}: relative import"
                assert {path.stem, node.module or ""} <= ON_BOTH_SIDES
                continue
            module = node.module or ""
            names |= {f"ovserve.{a.name}" for a in node.names} if module == "ovserve" else {module}
    return {name.split(".")[1] for name in names if name.startswith("ovserve.")}


@pytest.mark.parametrize("path", python_parts(), ids=lambda path: str(path.relative_to(PYTHON)))
def test_python_arrows(path: Path) -> None:
    part = part_of(path)
    foreign = {
        name for name in imports_of(path) - {part} if (PYTHON / name).exists() or name in PYTHON_ARROWS
    }
    assert foreign <= PYTHON_ARROWS[part]


def worker_side() -> list[Path]:
    return sorted(WORKER_SIDE.rglob("*.py"))


@pytest.mark.parametrize("path", worker_side(), ids=lambda path: str(path.relative_to(WORKER_SIDE)))
def test_workers_need_the_standard_library_alone(path: Path) -> None:
    package = path.relative_to(WORKER_SIDE).parts[0]
    tree = ast.parse(path.read_text())
    in_functions = {
        each
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for each in ast.walk(function)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            top = name.split(".")[0]
            if top == "numpy":  # where there are arrays, it is there
                assert node in in_functions or _is_for_types(tree, node), f"{path}: {name}"
            else:
                assert top in sys.stdlib_module_names | WORKER_ARROWS[package], f"{path}: {name}"


def _is_for_types(tree: ast.Module, wanted: ast.AST) -> bool:
    return any(
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        and wanted in ast.walk(node)
        for node in tree.body
    )


def test_the_server_imports_of_the_workers_side_what_both_need() -> None:
    imported = set()
    for path in python_parts():
        if WORKER_SIDE in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and "worker_side" in (node.module or ""):
                assert path == PYTHON / "services/wire.py"
                imported |= {alias.name for alias in node.names}
    assert imported == ON_BOTH_SIDES


def test_only_the_wiring_sets_up_logging_or_opens_sockets() -> None:
    for path in python_parts():
        if part_of(path) not in ("log", "cli"):
            assert "basicConfig" not in path.read_text(), path


def cpp_sources() -> list[Path]:
    return sorted(path for path in CPP.rglob("*") if path.suffix in (".h", ".hpp", ".cpp"))


@pytest.mark.parametrize("path", cpp_sources(), ids=lambda path: str(path.relative_to(CPP)))
def test_cpp_arrows(path: Path) -> None:
    folder = path.relative_to(CPP).parts[0]
    for included in re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE):
        target = "include" if (CPP / "include" / included).exists() else included.split("/")[0]
        assert target in CPP_ARROWS[folder] | {folder}, included
        if folder in ("repository", "serving") and target in ("loader", "engine"):
            assert included in INTERFACES


def test_only_a_module_of_its_own_knows_tls() -> None:
    """What it links is not loaded with the core."""
    users = {path.parent for path in cpp_sources() if '#include "tls/' in path.read_text()}
    assert users == {CPP / "tls", CPP / "bindings/tls"}


@pytest.mark.parametrize(
    ("header", "folder"),
    [
        ("pybind11/", "bindings"),
        ("openvino/", "engine"),
        ("Python.h", "bindings"),
        ("nghttp2/", "front"),
        ("boost/", "front"),
        ("openssl/", "tls"),
        ("png.h", "image"),
        ("jpeglib.h", "image"),
    ],
)
def test_a_foreign_library_is_known_to_one_folder(header: str, folder: str) -> None:
    users = {
        path.relative_to(CPP).parts[0] for path in cpp_sources() if f"#include <{header}" in path.read_text()
    }
    assert users <= {folder}
