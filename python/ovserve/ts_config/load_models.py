"""The value of ``load_models`` and of ``--models``: what is loaded at the start."""

from collections.abc import Sequence
from dataclasses import dataclass

from ovserve.config.service_entry import NAME_FORM, is_service_name
from ovserve.ts_config.options import ArchiveToLoad
from ovserve.ts_config.values import wrong


@dataclass(frozen=True, slots=True)
class ToLoad:
    """All that is in the store, or what is named."""

    archives: tuple[ArchiveToLoad, ...] = ()
    all: bool = False


def parse_load_models(text: str, key: str) -> ToLoad:
    """Read ``name=file.mar,file2.mar``, ``all`` or ``none``; these two in any case."""
    return to_load([part.strip() for part in text.split(",") if part.strip()], key)


def to_load(parts: Sequence[str], key: str) -> ToLoad:
    """Read the single parts.

    Raises:
        ConfigurationError: a name that cannot be one, or a name that is there twice.
    """
    words = [part.lower() for part in parts]
    if words in ([], ["none"]):
        return ToLoad()
    if words == ["all"]:
        return ToLoad(all=True)
    archives = tuple(_archive(part, key) for part in parts)
    names = [archive.name for archive in archives if archive.name is not None]
    for name in names:
        if names.count(name) > 1:
            raise wrong(key, "each name once", name)
    return ToLoad(archives)


def _archive(part: str, key: str) -> ArchiveToLoad:
    name, equals, archive = part.partition("=")
    if not equals or "/" in name:  # the = of a URL
        return ArchiveToLoad(part)
    if not archive or not is_service_name(name):
        raise wrong(key, f"name=archive, the name of {NAME_FORM}", part)
    return ArchiveToLoad(archive, name)
