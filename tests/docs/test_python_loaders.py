"""docs/python-loaders.md is true: its configuration loads and its code uses what exists."""

import inspect
import re
from pathlib import Path

import ovserve
from ovserve.config.json_document import parse_json
from ovserve.config.load import configuration_from_json

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/python-loaders.md").read_text()


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found


def test_configuration_is_the_examples() -> None:
    (text,) = blocks("json")
    configuration = configuration_from_json(parse_json(text), "/srv")
    assert configuration.loaders[0].library_path == "/srv/encrypted_loader.py:EncryptedLoader"
    assert text == (ROOT / "examples/python_loader/config.json").read_text()


def test_code_uses_what_exists() -> None:
    for code in blocks("python"):
        compile(code, "python-loaders.md", "exec")
        for name in re.findall(r"\bovserve\.(\w+)", code):
            assert name in ovserve.__all__


def test_every_function_is_described_with_its_parameters() -> None:
    described = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \|", PAGE, re.MULTILINE))
    functions = {
        name: ", ".join(list(inspect.signature(function).parameters)[1:])
        for name, function in vars(ovserve.CustomLoader).items()
        if inspect.isfunction(function)
    }
    assert described == functions
