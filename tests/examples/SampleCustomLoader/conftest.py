"""Loaders made from the sample library, and a model directory for them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ovserve import LoaderLibrary
from ovserve.loaders.library import Loader

MakeLoader = Callable[..., Loader]


@pytest.fixture
def make_loader(sample_library: Path, tmp_path: Path) -> Iterator[MakeLoader]:
    """Make loaders whose configuration file holds the settings or the text given; ends them all."""
    library = LoaderLibrary(sample_library)
    made: list[Loader] = []

    def make(text: str | None = None, **settings: object) -> Loader:
        config = tmp_path / f"loader{len(made)}.json"
        config.write_text(json.dumps(settings) if text is None else text)
        made.append(library.create(config))
        return made[-1]

    yield make
    for loader in made:
        loader.deinit()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A base path with version 1 and 2 of a model in all three formats; the loader does not look inside."""
    base = tmp_path / "model"
    for version in ("1", "2"):
        (base / version).mkdir(parents=True)
        (base / version / "m.xml").write_bytes(b"<xml %s/>" % version.encode())
        (base / version / "m.bin").write_bytes(bytes(range(256)))
        (base / version / "m.onnx").write_bytes(b"onnx")
        (base / version / "m.blob").write_bytes(b"blob\0blob")
    return base
