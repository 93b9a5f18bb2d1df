"""Generations: complete, immutable states of an index, switched by one rename.

    .qa/
      CURRENT        names the live generation and the checksum of its manifest
      lock, writer   one writer, and who it is
      gen-000012/    manifest.json, checksums, and the files that the manifest lists

A build writes a new folder, syncs it, and then replaces ``CURRENT``. If it is stopped before that,
the old generation stays live, and the next build removes the incomplete one. Readers take no lock:
they map all files of a generation when they open it, and a map outlives the name of its file. It
is unmapped when nothing refers to it any more.
"""

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import xxhash
from numpy.typing import DTypeLike, NDArray

from qa_index.collection.local import disk
from qa_index.collection.local.checked import (
    BLOCK,
    CheckedArray,
    CheckedFile,
    CheckedWriter,
    digest_of_digests,
)
from qa_index.collection.local.scratch import Scratch
from qa_index.collection.manifest import Manifest, StoredFile
from qa_index.errors import REBUILD, IndexDamaged, IndexLocked, IndexMissing, IndexProblem

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
CHECKSUMS = "checksums"

_CURRENT_FORM = re.compile(rb"gen-(\d{6,12}) ([0-9a-f]{32})\n")
_FOLDER_FORM = re.compile(r"gen-\d{6,12}")
_OPEN_ATTEMPTS = 20
"""A reader starts again if a writer switches generations meanwhile; never this often."""


class Live(NamedTuple):
    """The contents of ``CURRENT``."""

    generation: int
    manifest_checksum: str


def folder_of(index: Path, generation: int) -> Path:
    """The folder of a generation."""
    return index / f"gen-{generation:06d}"


def live(index: Path) -> Live:
    """The live generation. Raises ``IndexMissing`` or ``IndexDamaged``."""
    path = index / CURRENT
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissing(f"no index at {index}; make one with `qa index PATH`") from None
    except OSError as error:
        raise _unreadable(path, error) from error
    match = _CURRENT_FORM.fullmatch(raw)
    if match is None:
        raise IndexDamaged(f"{path} does not name a generation; {REBUILD}")
    return Live(int(match[1]), match[2].decode())


def live_manifest(index: Path) -> Manifest:
    """The manifest of the live generation; nothing else of it is read. Raises an
    ``IndexProblem``."""
    return _manifest_of(index, live(index))


def _manifest_of(index: Path, current: Live) -> Manifest:
    folder = folder_of(index, current.generation)
    raw = _bytes_of(folder / MANIFEST)
    if xxhash.xxh3_128_hexdigest(raw) != current.manifest_checksum:
        raise IndexDamaged(f"{folder / MANIFEST} fails its checksum; {REBUILD}")
    manifest = Manifest.from_json(raw, str(folder / MANIFEST))
    if manifest.generation != current.generation:
        raise IndexDamaged(f"{folder} holds another generation; {REBUILD}")
    return manifest


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


_OUR_LIMITS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES, errno.EPERM}
"""Errors caused by limits or permissions of the process, not by the file."""


def _unreadable(path: Path, error: OSError) -> IndexProblem:
    told = f"cannot read {path}: {error.strerror}"
    if error.errno in _OUR_LIMITS:
        return IndexProblem(f"{told}; raise the limit or the permission, the index may be sound")
    return IndexDamaged(f"{told}; {REBUILD}")


class OpenGeneration:
    """The files of one generation, mapped, and checked on first access."""

    def __init__(self, index: Path) -> None:
        """Open the live generation. Raises an ``IndexProblem``."""
        for _ in range(_OPEN_ATTEMPTS - 1):
            current = live(index)
            try:
                self._open(index, current)
            except IndexDamaged:
                # A writer may have switched and cleaned up meanwhile; then try the new generation.
                if live(index) == current:
                    raise
            else:
                return
        self._open(index, live(index))

    def _open(self, index: Path, current: Live) -> None:
        self.live = current
        self.folder = folder_of(index, current.generation)
        self.manifest = _manifest_of(index, current)
        self._files = dict(self._open_files())

    def _open_files(self) -> Iterator[tuple[str, CheckedFile]]:
        raw = _bytes_of(self.folder / CHECKSUMS)
        if len(raw) % 8:
            raise IndexDamaged(f"{self.folder / CHECKSUMS} is cut; {REBUILD}")
        digests = np.frombuffer(raw, dtype="<u8")
        start = 0
        for name, stored in self.manifest.files.items():
            own = digests[start : start + -(-stored.size // BLOCK)]
            start += len(own)
            if digest_of_digests(own) != stored.checksum:
                raise IndexDamaged(
                    f"{self.folder / CHECKSUMS} does not match {MANIFEST}; {REBUILD}"
                )
            path = self.folder / name
            try:
                yield name, CheckedFile(path, size=stored.size, digests=own)
            except OSError as error:
                raise _unreadable(path, error) from error
        if start != len(digests):
            raise IndexDamaged(f"{self.folder / CHECKSUMS} is too long; {REBUILD}")

    def file(self, name: str) -> CheckedFile:
        """A stored file. Raises ``IndexDamaged`` if the generation lacks it."""
        try:
            return self._files[name]
        except KeyError:
            raise IndexDamaged(f"{self.folder} lacks {name}; {REBUILD}") from None

    def array(self, name: str) -> CheckedArray:
        """A stored array. Raises ``IndexDamaged`` if the generation lacks it."""
        file = self.file(name)
        stored = self.manifest.files[name]
        return CheckedArray(file, _dtype_from_json(stored.dtype), stored.shape)

    def expect(self, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        """Raise ``IndexDamaged`` unless the manifest lists an array of this type and shape."""
        file, stored = self.file(name), self.manifest.files[name]
        found = None if stored.dtype is None else _dtype_from_json(stored.dtype)
        if (found, stored.shape) != (dtype, shape):
            raise file.damaged(f"has shape {stored.shape} of {found}, not {shape} of {dtype}")

    def rows(self, name: str) -> int:
        """Number of rows that the manifest lists for an array; 0 if it does not list the array."""
        stored = self.manifest.files.get(name)
        return stored.shape[0] if stored and stored.shape else 0

    def check_all(self) -> None:
        """Read and check every byte. Raises ``IndexDamaged``."""
        for file in self._files.values():
            file.check_all()


def _dtype_from_json(described: Any) -> np.dtype[Any]:
    if isinstance(described, list):
        return np.dtype([(str(name), str(dtype)) for name, dtype in described])
    return np.dtype(str(described))


def _dtype_to_json(dtype: np.dtype[Any]) -> Any:
    return [list(field) for field in dtype.descr] if dtype.names else dtype.str


class ArrayWriter:
    """Appends rows to a stored array."""

    def __init__(self, file: CheckedWriter, dtype: np.dtype[Any], row: tuple[int, ...]) -> None:
        self.file = file
        self.dtype = dtype
        self.row = row
        self.length = 0

    def append(self, rows: NDArray[Any]) -> None:
        """Append ``rows``, shape (n, *row)."""
        self.length += len(rows)
        self.file.write(np.ascontiguousarray(rows, dtype=self.dtype))


class GenerationWriter:
    """Writes the next generation; leaving the ``with`` block without ``commit`` discards it."""

    def __init__(self, index: Path) -> None:
        """Start a generation; the caller holds the lock."""
        self.index = index
        self.generation = _next_generation(index)
        self.folder = folder_of(index, self.generation)
        self._writers: dict[str, CheckedWriter | ArrayWriter] = {}
        self._scratch: list[Scratch] = []

    def __enter__(self) -> "GenerationWriter":
        try:
            disk.make_folder(self.folder)
        except BaseException:
            disk.remove(self.folder)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            (writer.file if isinstance(writer, ArrayWriter) else writer).close()
        self._close_scratch()
        if not self._is_live():
            disk.remove(self.folder)

    def _is_live(self) -> bool:
        # An interrupt can arrive after the switch and before ``commit`` returns.
        try:
            return live(self.index).generation == self.generation
        except (IndexMissing, IndexDamaged):
            return False

    def bytes(self, name: str) -> CheckedWriter:
        """A new file of bytes."""
        writer = CheckedWriter(self.folder / name)
        self._writers[name] = writer
        return writer

    def array(self, name: str, dtype: DTypeLike, row: tuple[int, ...] = ()) -> ArrayWriter:
        """A new array whose rows have shape ``row``."""
        file = CheckedWriter(self.folder / name)
        writer = ArrayWriter(file, np.dtype(dtype).newbyteorder("<"), row)
        self._writers[name] = writer
        return writer

    def scratch(self, name: str) -> Scratch:
        """A new temporary file; it is removed before the generation is complete."""
        self._scratch.append(Scratch(self.folder / name))
        return self._scratch[-1]

    def _close_scratch(self) -> None:
        for scratch in self._scratch:
            scratch.close()

    def take_back(self, name: str) -> NDArray[Any]:
        """Map the rows appended to an array so far, and remove it from the generation."""
        writer = self._writers.pop(name)
        if not isinstance(writer, ArrayWriter):
            raise TypeError(f"{name} is no array")
        writer.file.finish()
        path = self.folder / name
        shape = (writer.length, *writer.row)
        rows: NDArray[Any] = np.memmap(path, dtype=writer.dtype, mode="r", shape=shape)
        disk.remove(path)
        return rows

    def finish_files(self) -> dict[str, StoredFile]:
        """Sync every file and return their entries for the manifest."""
        self._close_scratch()
        stored: dict[str, StoredFile] = {}
        checksums = CheckedWriter(self.folder / CHECKSUMS)
        try:
            for name, writer in self._writers.items():
                file = writer.file if isinstance(writer, ArrayWriter) else writer
                digests = file.finish()
                checksums.write(digests)
                dtype, shape = (
                    (_dtype_to_json(writer.dtype), (writer.length, *writer.row))
                    if isinstance(writer, ArrayWriter)
                    else (None, ())
                )
                stored[name] = StoredFile(file.size, digest_of_digests(digests), dtype, shape)
            checksums.finish()
        finally:
            checksums.close()
        return stored

    def commit(self, manifest: Manifest) -> None:
        """Make this the live generation, then remove the others."""
        raw = manifest.to_json()
        disk.write_whole(self.folder / MANIFEST, raw)
        line = f"gen-{self.generation:06d} {xxhash.xxh3_128_hexdigest(raw)}\n"
        self._switch(line)
        _remove_others(self.index, keep=self.generation)

    def _switch(self, line: str) -> None:
        current = self.index / CURRENT
        before = current.read_bytes() if current.exists() else None
        try:
            disk.write_whole(current, line.encode())
        except OSError:
            # The rename may have succeeded and only the sync after it failed. A power cut could
            # then leave either state, so go back to the old generation, which is still complete.
            if before is None:
                disk.remove(current)
            elif self._is_live():
                disk.write_whole(current, before, synced=False)
            raise


def _generations(index: Path) -> list[Path]:
    return sorted(path for path in index.iterdir() if _FOLDER_FORM.fullmatch(path.name))


def _next_generation(index: Path) -> int:
    numbers = [int(path.name.removeprefix("gen-")) for path in _generations(index)]
    with suppress(IndexMissing, IndexDamaged):
        numbers.append(live(index).generation)
    return max(numbers, default=0) + 1


def _remove_others(index: Path, *, keep: int) -> None:
    for path in _generations(index):
        if path != folder_of(index, keep):
            disk.remove(path)


def _remove_remains(index: Path) -> None:
    """Remove the files that an interrupted build left behind."""
    disk.remove(index / (CURRENT + disk.TEMPORARY))
    # If CURRENT cannot be read, it is unknown which generation was live, so all are kept.
    with suppress(IndexProblem):
        try:
            keep = live(index).generation
        except IndexMissing:
            keep = 0
        _remove_others(index, keep=keep)


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """Hold the index's lock. Raises ``IndexLocked`` at once if another process holds it.

    The system releases the lock of a process that dies.
    """
    from socket import gethostname  # only writers need these

    from filelock import FileLock, Timeout

    disk.make_folder(index)
    owner = index / "writer"
    try:
        with FileLock(index / "lock").acquire(timeout=0):
            me = {
                "pid": os.getpid(),
                "host": gethostname(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            try:
                disk.write_whole(owner, json.dumps(me).encode())
                _remove_remains(index)
                yield
            finally:
                disk.remove(owner)
    except Timeout:
        raise IndexLocked(
            f"{index} is being written by {_owner(owner)}; wait until it is done"
        ) from None


def _owner(path: Path) -> str:
    try:
        me = json.loads(path.read_bytes())
        return f"process {int(me['pid'])} on {me['host']} since {me['since']}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"
