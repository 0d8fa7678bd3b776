import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovserve.archive.names import check_model_name, is_plain_path, member_path, name_from_file, printable
from ovserve.archive.refusals import UnsafeArchiveError
from ovserve.errors import InvalidArgumentError


@pytest.mark.parametrize("name", ["123-abc", "Aa.model", "a", "resnet_50-v1.5", "0"])
def test_the_archivers_model_names(name: str) -> None:
    check_model_name(name)


@pytest.mark.parametrize(
    "name", ["abc%", "123$abc", "@123", "-.model", "(model", "", "a/b", "..", "a\n", "ä", " a"]
)
def test_refused_model_names(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="Model name contains special characters"):
        check_model_name(name)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("m.mar", "m"),
        ("m.tar.gz", "m"),
        ("m.tgz", "m"),
        ("m.model", "m"),
        ("m-1.0", "m-1.0"),
        ("x.zip", "x.zip"),
    ],
)
def test_the_name_of_an_archive_without_one(file: str, name: str) -> None:
    assert name_from_file(file) == name


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("a", "a"),
        ("a/b.txt", "a/b.txt"),
        ("./a//b/./c", "a/b/c"),
        ("a/", "a"),
        ("./", ""),
        ("..a/b..", "..a/b.."),
    ],
)
def test_names_in_plain_form(written: str, plain: str) -> None:
    assert member_path(written) == plain


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "the name is empty"),
        ("../x", 'the name has a ".." in it'),
        ("a/../../x", 'the name has a ".." in it'),
        ("a/..", 'the name has a ".." in it'),
        ("/etc/passwd", "the name is absolute"),
        ("//host/x", "the name is absolute"),
        ("..\\x", "the name has a backslash"),
        ("C:x", "the name has a drive letter"),
        ("./C:/x", "the name has a drive letter"),
        ("a\0b", "the name has control characters"),
        ("a\nb", "the name has control characters"),
        ("a\udcff", "the name is not UTF-8"),
        ("a" * 256, "the name is too long"),
        ("/".join("a" * 120), "deep"),
        ("/".join(["a" * 200] * 20), "the name is too long"),
    ],
)
def test_names_that_no_member_may_have(name: str, reason: str) -> None:
    with pytest.raises(UnsafeArchiveError) as refusal:
        member_path(name)
    assert reason in str(refusal.value)
    assert str(refusal.value).startswith("member '")
    assert not is_plain_path(name)


PARTS = st.one_of(
    st.sampled_from(["..", ".", "", "a", "C:", "\\", "b\0", "~", "\udc80"]), st.text(max_size=5)
)


@given(st.lists(PARTS, max_size=6).map("/".join))
def test_a_name_stays_below_its_directory_or_is_refused(name: str) -> None:
    try:
        plain = member_path(name)
    except UnsafeArchiveError:
        return
    parts = plain.split("/") if plain else []
    assert not {"", ".", ".."} & set(parts)
    assert not plain.startswith("/")
    assert len(plain.encode()) <= 3000  # also: no half characters
    if plain:
        assert member_path(plain) == plain


def test_a_long_name_is_shown_in_part() -> None:
    assert len(printable("a" * 10_000)) < 210
