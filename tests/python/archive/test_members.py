import io

import pytest

from ovserve.archive.limits import Budget, UnpackLimits
from ovserve.archive.members import Member, SeenNames, read_content
from ovserve.archive.refusals import UnsafeArchiveError


def names(*members: tuple[str, bool], most: int = 100) -> None:
    seen = SeenNames(Budget(UnpackLimits(max_entries=most), 0))
    for name, is_directory in members:
        seen.add(name, is_directory)


def test_directories_may_come_twice_and_late() -> None:
    names(("d", True), ("d", True), ("e/f", False), ("e", True))


def test_directories_that_are_only_mentioned_count() -> None:
    names(("a/b/c/d", False), ("a/b/e", False), most=5)
    with pytest.raises(UnsafeArchiveError, match="max_entries"):
        names(("a/b/c/d", False), ("a/b/e", False), most=4)


@pytest.mark.parametrize(
    "members",
    [
        [("a", False), ("a", False)],
        [("a", False), ("a", True)],
        [("a", True), ("a", False)],
        [("a", False), ("a/b", False)],
        [("a/b", False), ("a", False)],
        [("a", False), ("a/b/c", True)],
    ],
)
def test_a_name_is_one_thing(members: list[tuple[str, bool]]) -> None:
    with pytest.raises(UnsafeArchiveError):
        names(*members)


def test_content_is_as_long_as_announced() -> None:
    budget = Budget(UnpackLimits(), 0)
    assert b"".join(read_content(io.BytesIO(b"abc"), Member("m", 3), budget)) == b"abc"
    with pytest.raises(UnsafeArchiveError, match="member 'm': 3 bytes, but 4 are announced"):
        list(read_content(io.BytesIO(b"abc"), Member("m", 4), budget))
