"""What the README shows is true: its configuration loads, its flags exist, its snippets compile."""

import json
import re
from pathlib import Path

import ovserve
from ovserve.archive.command_line import request_parser
from ovserve.archive.request import Style
from ovserve.config.flags import FLAGS
from ovserve.config.json_document import parse_json
from ovserve.config.load import configuration_from_json

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found
    return found


def test_configurations_load() -> None:
    for text in blocks("json"):
        configuration = configuration_from_json(parse_json(text, "README.md"), "/")
        assert len(configuration.models) == len(json.loads(text)["model_config_list"])
        assert not configuration.complaints


def test_flags_exist() -> None:
    archiver = {
        flag for action in request_parser(Style.TORCHSERVE)._actions for flag in action.option_strings
    }
    known = set(FLAGS) | {flag.removeprefix("--").replace("-", "_") for flag in archiver} | {"language"}
    mentioned = set(re.findall(r"--([a-z_]+)", README))
    assert mentioned
    assert mentioned - {"includes"} <= known


def test_snippets_compile_and_use_what_exists() -> None:
    for code in blocks("python"):
        compile(code, "README.md", "exec")
        for name in re.findall(r"\bovserve\.(\w+)", code):
            assert name in ovserve.__all__
