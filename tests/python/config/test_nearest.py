import pytest

from ovserve.config.nearest import nearest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nireqq", "nireq"),
        ("basepath", "base_path"),
        ("base-path", "base_path"),
        ("NIREQ", "nireq"),
        ("--base_path", "base_path"),
        ("zzz", None),
        ("", None),
    ],
)
def test_nearest(name: str, expected: str | None) -> None:
    assert nearest(name, ["name", "base_path", "nireq"]) == expected
