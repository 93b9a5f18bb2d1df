"""All changes on disk go through the functions of this module.

Each step is announced to a watcher before and after it happens, so that a test can stop or fail
the program at any step.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

Watcher = Callable[[str, str, Path], None]
"""Called with ``before`` or ``after``, the step's name and the path it touches."""

TEMPORARY = ".new"
"""Suffix of a file that is about to replace another."""

_watcher: Watcher | None = None


def watch(watcher: Watcher | None) -> None:
    """Announce all further steps of this process to ``watcher``; ``None`` to stop."""
    global _watcher
    _watcher = watcher


@contextmanager
def _step(name: str, path: Path) -> Iterator[None]:
    if _watcher is not None:
        _watcher("before", name, path)
    yield
    if _watcher is not None:
        _watcher("after", name, path)


def make_folder(path: Path) -> None:
    """Create ``path`` and its parents if they are missing."""
    if not path.is_dir():
        with _step("make_folder", path):
            path.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent)


def create(path: Path) -> int:
    """File descriptor of a new file, for writing and reading. Raises ``FileExistsError``."""
    with _step("create", path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)


def reopen(path: Path, size: int) -> int:
    """File descriptor of an existing file, truncated to ``size`` bytes, for appending."""
    with _step("reopen", path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            os.ftruncate(descriptor, size)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def write(descriptor: int, data: bytes | bytearray | memoryview, path: Path) -> None:
    """Write all of ``data``, in several system calls if needed."""
    with _step("write", path), memoryview(data) as view:
        done = 0
        while done < len(view):
            done += os.write(descriptor, view[done:])


def sync(descriptor: int, path: Path) -> None:
    """Wait until all writes to a file have reached the disk."""
    with _step("sync", path):
        os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder have reached the disk; not needed on Windows."""
    if os.name == "nt":
        return
    with _step("sync", path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace(source: Path, target: Path) -> None:
    """Replace ``target`` by ``source`` atomically."""
    with _step("replace", target):
        source.replace(target)


def remove(path: Path) -> None:
    """Remove a file, or a folder with its contents, as far as possible.

    Errors are ignored: nothing reads removed files, and the next build tries again.
    """
    with suppress(OSError), _step("remove", path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, synced: bool = True) -> None:
    """Write ``data`` to ``path`` atomically: readers see either the old or the new content.

    Unless ``synced``, a power cut may bring the old content back, or leave an empty file.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    remove(temporary)
    try:
        descriptor = create(temporary)
        try:
            write(descriptor, data, temporary)
            if synced:
                sync(descriptor, temporary)
        finally:
            os.close(descriptor)
        replace(temporary, path)
    except BaseException:
        remove(temporary)
        raise
    if synced:
        sync_folder(path.parent)


class FileState(NamedTuple):
    """Inode, modification time and size of a file; changes whenever the file is replaced."""

    inode: int
    mtime_ns: int
    size: int


def file_state(path: Path) -> FileState | None:
    """State of a file; ``None`` if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileState(found.st_ino, found.st_mtime_ns, found.st_size)
