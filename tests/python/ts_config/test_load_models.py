import pytest

from ovserve.errors import ConfigurationError
from ovserve.ts_config.load_models import ToLoad, parse_load_models
from ovserve.ts_config.options import ArchiveToLoad


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("all", ToLoad(all=True)),
        ("ALL", ToLoad(all=True)),
        ("none", ToLoad()),
        (" , ", ToLoad()),
        ("a.mar", ToLoad((ArchiveToLoad("a.mar"),))),
        ("a=b.mar, c/d", ToLoad((ArchiveToLoad("b.mar", "a"), ArchiveToLoad("c/d")))),
        ("a=https://h/x.mar?y=z", ToLoad((ArchiveToLoad("https://h/x.mar?y=z", "a"),))),
        ("https://h/x.mar?y=z", ToLoad((ArchiveToLoad("https://h/x.mar?y=z"),))),
    ],
)
def test_what_is_loaded(text: str, chosen: ToLoad) -> None:
    assert parse_load_models(text, "load_models") == chosen


@pytest.mark.parametrize("text", ["a=", "=b", "a b=c", "a=b,a=c"])
def test_refuses(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^load_models: expected "):
        parse_load_models(text, "load_models")
