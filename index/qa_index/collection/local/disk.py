"""The one way to the disk: everything that changes it goes through the functions here.

Each step is announced to a watcher before and after it happens, so that a test can stop or fail
the program at any of them.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

Watcher = Callable[[str, str, Path], None]
"""Called with ``before`` or ``after``, the step's name and the path it touches."""

TEMPORARY = ".new"
"""Ends the name of a file that is about to replace another."""

_watcher: Watcher | None = None


def watch(watcher: Watcher | None) -> None:
    """Announce every further step of this process to ``watcher``; ``None`` to stop."""
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
    """Create ``path`` and its parents where they are missing."""
    if not path.is_dir():
        with _step("make_folder", path):
            path.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent)


def create(path: Path) -> int:
    """File descriptor of a new file, to write and to read; ``FileExistsError`` where there is
    one."""
    with _step("create", path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)


def reopen(path: Path, size: int) -> int:
    """File descriptor of a file that is there, cut to ``size`` bytes, to write at its end."""
    with _step("reopen", path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            os.ftruncate(descriptor, size)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def write(descriptor: int, data: bytes | bytearray | memoryview, path: Path) -> None:
    """Write all of ``data``; the system may take it in pieces."""
    with _step("write", path), memoryview(data) as view:
        done = 0
        while done < len(view):
            done += os.write(descriptor, view[done:])


def sync(descriptor: int, path: Path) -> None:
    """Wait until what was written has reached the disk."""
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
    """Put ``source`` in the place of ``target`` in one step."""
    with _step("replace", target):
        source.replace(target)


def remove(path: Path) -> None:
    """Remove a file, or a folder and all in it, as far as possible.

    Errors are ignored: nothing reads what is removed, and the next build tries again.
    """
    with suppress(OSError), _step("remove", path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, synced: bool = True) -> None:
    """Put ``data`` under ``path`` so that readers find the old or the new content whole.

    Unless it is to be ``synced``, a power cut may bring the old content back, or an empty file.
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
