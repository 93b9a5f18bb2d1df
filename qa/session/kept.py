"""The indexes that ``qa ask --in`` keeps in the user's cache.

    asked/
      last        name of the most recently used one
      3f9c….lock  held while the index of that name is in use; its mtime is the time of last use
      3f9c…/      an ordinary index, named after the hash of its paths and model

The least recently used are removed, but never one that is in use.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from errno import EPERM
from io import FileIO
from pathlib import Path

from qa.session.owners import is_own
from qa_index.collection.local import disk
from qa_index.encoding.cache import cache_folder
from qa_index.encoding.models import DEFAULT_MODEL

MAX_COUNT = 20
"""Most indexes that are kept."""

MAX_SIZE = 2 << 30
"""Limit on their total size in bytes. The one in use is kept whatever its size."""

_FOLDER = "asked"
_LAST = "last"
_LOCK = ".lock"


def kept_folder() -> Path:
    """The folder that holds all of them."""
    return Path(os.path.abspath(cache_folder() / _FOLDER))  # noqa: PTH100 - links are kept


def is_kept(folder: Path) -> bool:
    """Whether an index is one of them."""
    # Most are recognised by their name, which imports nothing.
    return folder.parent.name == _FOLDER and folder.parent == kept_folder()


def folder_for(paths: Sequence[str | os.PathLike[str]], *, model: str = DEFAULT_MODEL) -> Path:
    """Where the index of these paths is kept, whether or not it exists yet."""
    whole = sorted({os.path.abspath(path) for path in paths})  # noqa: PTH100 - links are kept
    named = "\0".join([model, *whole]).encode("utf-8", "surrogateescape")
    return kept_folder() / hashlib.sha256(named).hexdigest()[:32]


def make_private() -> None:
    """Creates the folder of all of them, private to this user: they hold the texts of documents.

    Raises ``OSError``, also if it belongs to another user, who could have put anything there.
    """
    folder = kept_folder()
    disk.make_folder(folder)
    if not is_own(folder):
        raise PermissionError(EPERM, "it belongs to another user", str(folder))
    with suppress(OSError):
        folder.chmod(0o700)


def hold(folder: Path) -> FileIO | None:
    """Protects an index from being removed until the returned file is closed.

    Returns ``None`` for other indexes, and if the cache cannot be written and so is not cleaned.
    """
    return _locked(folder, alone=False) if is_kept(folder) else None


def _locked(folder: Path, *, alone: bool) -> FileIO | None:
    """The lock file of an index, open and locked: shared, or exclusively if ``alone``.

    Returns ``None`` if it cannot be locked; only a shared lock waits.
    """
    try:
        import fcntl
    except ImportError:  # Windows does not remove files that are in use
        return None
    path = _lock_of(folder)
    how = fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH
    while True:
        try:
            file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
        except OSError:
            return None
        try:
            fcntl.flock(file, how)
            # Whoever removed the index meanwhile has removed this file as well.
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except FileNotFoundError:
            pass
        except OSError:  # in use, or a file system without locks
            file.close()
            return None
        file.close()


def remember(folder: Path) -> None:
    """Records that this one was used last."""
    with suppress(OSError):
        os.utime(_lock_of(folder))
        disk.write_whole(kept_folder() / _LAST, folder.name.encode(), synced=False)


def last() -> Path | None:
    """The one that was used last, if it still exists."""
    try:
        if not is_own(kept_folder()):
            return None
        name = (kept_folder() / _LAST).read_text()
    except (OSError, ValueError):
        return None
    folder = kept_folder() / name
    return folder if is_kept(folder) and folder.is_dir() else None


def all_kept() -> list[Path]:
    """All of them, most recently used first."""
    with suppress(OSError):
        own = is_own(kept_folder())
        folders = [path for path in kept_folder().iterdir() if own and path.is_dir()]
        return sorted(folders, key=_last_use, reverse=True)
    return []


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


def _last_use(folder: Path) -> int:
    with suppress(OSError):
        return _lock_of(folder).stat().st_mtime_ns
    return 0


def clean(*, keep: Path) -> None:
    """Removes the least recently used beyond ``MAX_COUNT`` and ``MAX_SIZE``, but never ``keep``."""
    others = [folder for folder in all_kept() if folder != keep]
    size = _size(keep)
    for place, folder in enumerate(others, 2):
        size += _size(folder)
        if place > MAX_COUNT or size > MAX_SIZE:
            remove(folder)


def remove(folder: Path) -> None:
    """Removes an index, unless it is in use."""
    lock = _locked(folder, alone=True)
    if lock is None and os.name != "nt":
        return
    disk.remove(folder)
    disk.remove(_lock_of(folder))
    if lock is not None:
        lock.close()


def _size(folder: Path) -> int:
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob("*"):
        with suppress(OSError):
            yield path.lstat().st_size
