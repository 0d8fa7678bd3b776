"""Files that hold a model in plain text: what a loader of encrypted models must not leave behind."""

import mmap
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LARGEST_SAMPLE = 256
_SMALLEST_SAMPLE = 24  # less may stand in any file
_MOST_FILES = 50_000
_MAX_DEPTH = 3

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class WatchedFolders:
    """Folders, and the files that were in them: what comes later is new."""

    roots: tuple[str, ...]
    known: dict[str, _Stamp]

    @classmethod
    def of(cls, roots: Iterable[str]) -> "WatchedFolders":
        """Look at folders now; those that cannot be read count as empty."""
        distinct = tuple(dict.fromkeys(os.path.realpath(root) for root in roots))
        return cls(distinct, dict(_files(distinct)))

    def files_with(self, samples: Iterable[bytes]) -> list[str]:
        """Return the new and changed files that contain one of ``samples``."""
        wanted = tuple(samples)
        changed = (path for path, stamp in _files(self.roots) if self.known.get(path) != stamp)
        return sorted(path for path in changed if wanted and _contains(path, wanted))


def samples_of(*buffers: memoryview) -> list[bytes]:
    """Return pieces that tell these bytes from others; none of a buffer that is too small or uniform."""
    samples = []
    for buffer in buffers:
        length = min(_LARGEST_SAMPLE, len(buffer))
        if length < _SMALLEST_SAMPLE:
            continue
        for part in (1, 2):  # not the beginning, which is the same in many models
            start = (len(buffer) - length) * part // 3
            sample = bytes(buffer[start : start + length])
            if len(set(sample)) > 4:
                samples.append(sample)
    return samples


def _files(roots: Iterable[str]) -> Iterator[tuple[str, _Stamp]]:
    count = 0
    for root in roots:
        for folder, subfolders, names in os.walk(root):
            if folder.count(os.sep) - root.count(os.sep) >= _MAX_DEPTH:
                subfolders.clear()
            for name in names:
                count += 1
                if count > _MOST_FILES:
                    return
                path = os.path.join(folder, name)
                try:
                    status = os.lstat(path)
                except OSError:
                    continue
                yield path, (status.st_ino, status.st_size, status.st_mtime_ns)


def _contains(path: str, samples: tuple[bytes, ...]) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as content:
            return any(content.find(sample) >= 0 for sample in samples)
    except (OSError, ValueError):  # empty, or no file that has content
        return False
    finally:
        os.close(descriptor)
