import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovserve.archive.manifest import MANIFEST_BYTES, Manifest, handler_of, parse_manifest, read_manifest
from ovserve.archive.refusals import InvalidManifestError

TORCHSERVE: dict[str, Any] = {
    "createdOn": "26/11/2026 02:58:19",
    "runtime": "python3",
    "model": {
        "modelName": "mnist",
        "serializedFile": "mnist.pt",
        "handler": "h:handle",
        "modelFile": "net.py",
        "modelVersion": "2.0",
        "requirementsFile": "requirements.txt",
        "configFile": "model.yaml",
        "somethingElse": 1,
    },
    "archiverVersion": "0.12.0",
}


def parse(**changes: Any) -> Manifest:
    return parse_manifest(json.dumps(TORCHSERVE | changes).encode())


def test_a_manifest_of_torchserve() -> None:
    manifest = parse()
    assert manifest == Manifest(
        model_name="mnist",
        model_version="2.0",
        runtime="python3",
        handler="h:handle",
        serialized_file="mnist.pt",
        model_file="net.py",
        requirements_file="requirements.txt",
        config_file="model.yaml",
        document=manifest.document,
    )
    assert manifest.document == TORCHSERVE


def test_a_manifest_of_multi_model_server() -> None:
    manifest = parse_manifest(
        json.dumps(
            {
                "specificationVersion": "1.0",
                "implementationVersion": "1.0",
                "modelServerVersion": "1.0",
                "description": "squeezes",
                "runtime": "python2",
                "engine": {"engineName": "MXNet", "engineVersion": "1.2"},
                "publisher": {"author": "a", "email": "b"},
                "model": {"modelName": "squeezenet", "handler": "service:handle", "extensions": {"x": 1}},
            }
        ).encode()
    )
    assert (manifest.model_name, manifest.model_version, manifest.runtime) == ("squeezenet", "1.0", "python2")
    assert (manifest.handler, manifest.description) == ("service:handle", "squeezes")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"model": None}, "Missing Model entry in manifest file."),
        ({"model": []}, "Missing Model entry in manifest file."),
        ({"model": {}}, "Model name is not defined."),
        ({"model": {"modelName": ""}}, "Model name is not defined."),
        ({"model": {"modelName": 3}}, "modelName in MAR-INF/MANIFEST.json: expected text, got 3"),
        ({"model": {"modelName": "../x"}}, "Model name contains special characters: '../x'."),
        ({"runtime": None}, "Runtime is not defined or invalid."),
        ({"runtime": "java"}, "Runtime is not defined or invalid."),
        ({"runtime": ["python"]}, "Runtime is not defined or invalid."),
        ({"engine": {"engineVersion": "1"}}, "engineName is required in <engine>."),
        ({"engine": "MXNet"}, "engineName is required in <engine>."),
        (
            {"model": {"modelName": "m", "modelFile": "../../etc/passwd"}},
            "modelFile in MAR-INF/MANIFEST.json: expected a file of the archive, got '../../etc/passwd'",
        ),
        (
            {"model": {"modelName": "m", "handler": "h\n"}},
            "handler in MAR-INF/MANIFEST.json: control characters",
        ),
        (
            {"model": {"modelName": "m", "modelVersion": True}},
            "modelVersion in MAR-INF/MANIFEST.json: expected text",
        ),
        (
            {"sha256": {}},
            "sha256 in MAR-INF/MANIFEST.json: expected an object of member names and digests, got {}",
        ),
        ({"sha256": {"a": "A" * 64}}, "sha256 of 'a' in MAR-INF/MANIFEST.json: expected 64 lower-case"),
    ],
)
def test_refused_manifests(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidManifestError) as refusal:
        parse(**changes)
    assert str(refusal.value).startswith(text)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"\xff", b'"x"', b"[" * 100_000, b'{"model": ' * 100_000, b"1" * 5000]
)
def test_what_is_no_manifest(text: bytes) -> None:
    with pytest.raises(InvalidManifestError, match=r"^Failed to parse MAR-INF/MANIFEST.json: "):
        parse_manifest(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["model", "modelName", "handler", "runtime", "engine", "sha256", "modelVersion"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=15,
    )
)
def test_any_json_is_read_or_refused(document: Any) -> None:
    for legacy in (False, True):
        with contextlib.suppress(InvalidManifestError):
            assert parse_manifest(json.dumps(document).encode(), legacy=legacy).model_name


@pytest.mark.parametrize(
    ("literal", "version"), [("1.10", "1.10"), ("3", "3"), ('"a/b"', "a/b"), ("null", "1.0")]
)
def test_versions_as_written(literal: str, version: str) -> None:
    text = f'{{"runtime": "python", "model": {{"modelName": "m", "modelVersion": {literal}}}}}'
    assert parse_manifest(text.encode()).model_version == version


def test_a_manifest_that_is_too_long() -> None:
    with pytest.raises(InvalidManifestError, match="is longer than"):
        parse_manifest(b" " * (MANIFEST_BYTES + 1))


def test_the_handler_comes_from_request_manifest_or_default() -> None:
    manifest = Manifest("m", handler="of_manifest")
    assert handler_of(manifest, "asked", "default") == "asked"
    assert handler_of(manifest, None, "default") == "of_manifest"
    assert handler_of(Manifest("m"), "", "default") == "default"
    with pytest.raises(InvalidManifestError, match=r"^Model handler is not defined\.$"):
        handler_of(Manifest("m"))


def test_an_archive_without_a_manifest_has_defaults(tmp_path: Path) -> None:
    manifest = read_manifest(tmp_path, "resnet")
    assert manifest == Manifest("resnet", "1.0", "python", None)
    assert manifest.document is None


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "MAR-INF").mkdir()
    (tmp_path / "MAR-INF/MANIFEST.json").write_bytes(b" " * (MANIFEST_BYTES + 1))
    with pytest.raises(InvalidManifestError, match=r"^MANIFEST.json is longer than"):
        read_manifest(tmp_path, "m")
