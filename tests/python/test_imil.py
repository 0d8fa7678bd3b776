"""Model loaders in this process. Each test has one of its own: their modules share a name."""

import json
import subprocess
import sys
from pathlib import Path

from harness import model_loaders
from harness.model_loaders import message, picture

CODE = """
import json, sys
from ovserve import imil
for text in json.load(sys.stdin):
    try:
        print(imil.executeModel(text))
    except Exception as error:
        print(json.dumps([type(error).__name__, str(error)]))
"""


def execute(folder: Path, *requests: object) -> list[object]:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in requests]
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        input=json.dumps(texts),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_models_keep_apart_and_members_may_be_left_out(tmp_path: Path) -> None:
    model_loaders.write(tmp_path)
    clip = message("CustomClipModelLoader", Prompt=[["red"]])
    short = {"Model": "CustomDetectoModelLoader", "Base_64": picture(), "C_threshold": 0.1}
    first, second, third = execute(tmp_path, short, clip, short)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert isinstance(third, dict)
    assert [each["Fs"][0]["Lb"] for each in (first, second, third)] == ["wide", "red", "wide"]
    assert [each["Src"] for each in second["Mtp"]] == ["CustomClipModelLoader"]


def test_what_cannot_be_answered_says_why(tmp_path: Path) -> None:
    model_loaders.write(tmp_path)
    unknown, none, broken, raised = execute(
        tmp_path, {"Model": "os"}, {}, "{", {"Model": "CustomClipModelLoader"}
    )
    assert unknown == [
        "NotFoundError",
        'model "os" is not configured; known: CustomDetectoModelLoader, CustomClipModelLoader',
    ]
    assert isinstance(none, list)
    assert "lacks Model" in none[1]
    assert isinstance(broken, list)
    assert broken[0] == "InvalidArgumentError"
    assert raised == ["KeyError", "'Base_64'"]


def test_the_configuration_is_asked_for(tmp_path: Path) -> None:
    (missing,) = execute(tmp_path, {"Model": "x"})
    assert isinstance(missing, list)
    assert missing[0] == "UnreadableFileError"
    (tmp_path / "mil_config.json").write_text('{"model_config_list": []}')
    (other,) = execute(tmp_path, {"Model": "x"})
    assert isinstance(other, list)
    assert "ModelExecutor" in other[1]


def test_two_modules_of_one_name_are_not_mistaken(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        model_loaders.write(tmp_path / name)
    code = (
        "import json, sys; from ovserve import imil; text = json.dumps(json.load(sys.stdin));"
        "imil.executeModel(text, 'a/mil_config.json');"
        "imil.executeModel(text, 'b/mil_config.json')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(message()),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "this process has one of that name" in done.stderr
