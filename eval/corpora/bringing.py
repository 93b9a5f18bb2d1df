"""Brings the documents of a collection from where they are published."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from .catalogue import Collection, DebianPackage, GitRepository


class NotBrought(Exception):
    """A source cannot be had, or is not what it was; the message says which."""


def bring(collection: Collection, folder: Path, mirrors: Mapping[str, Path]) -> int:
    """Put the documents of a collection into ``folder / name``; returns how many there are.

    They keep their paths without the folder that is common to all. What is there already is
    replaced once everything has arrived. ``mirrors`` has git folders by the URL they stand for.
    Needs ``apt-get`` and ``dpkg-deb`` for packages of Debian, ``git`` for repositories. Raises
    ``NotBrought``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{collection.name}-") as place:
        found: dict[PurePosixPath, Path] = {}
        for number, source in enumerate(collection.sources):
            here = Path(place, str(number))
            here.mkdir()
            if isinstance(source, DebianPackage):
                files = _package(source, here)
            else:
                files = checked_out(source, here, mirrors)
            if not files:
                raise NotBrought(f"{collection.name}: nothing matches {', '.join(source.paths)}")
            found |= {PurePosixPath(each.relative_to(here).as_posix()): each for each in files}
        target = Path(place, "documents")
        common = os.path.commonpath([each.parent for each in found])
        for path, file in found.items():
            copy = target / path.relative_to(common)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        shutil.rmtree(folder / collection.name, ignore_errors=True)
        target.rename(folder / collection.name)
    return len(found)


def _package(source: DebianPackage, here: Path) -> list[Path]:
    named = f"{source.package}={source.version}"
    with tempfile.TemporaryDirectory() as place:
        _run(["apt-get", "download", named], Path(place))
        (archive,) = Path(place).glob("*.deb")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != source.sha256:
            raise NotBrought(f"{named} is not the package that was asked about: SHA-256 differs")
        _run(["dpkg-deb", "-x", str(archive), str(here)], Path(place))
    return _matching(here, source.paths)


def checked_out(source: GitRepository, here: Path, mirrors: Mapping[str, Path]) -> list[Path]:
    """Put files of a commit into the folder ``here``; returns them in the order of their paths.

    ``mirrors`` has git folders by the URL they stand for. Raises ``NotBrought``.
    """
    with tempfile.TemporaryDirectory() as place:
        git = mirrors.get(source.url)
        if git is None:
            git = Path(place, "git")
            _run(["git", "init", "-q", "--bare", str(git)], Path(place))
            wanted = [source.url, source.commit]
            _run(["git", f"--git-dir={git}", "fetch", "-q", "--depth=1", *wanted], Path(place))
        patterns = [f":(glob){pattern}" for pattern in source.paths]
        archive = _run(
            ["git", f"--git-dir={git}", "archive", source.commit, "--", *patterns], Path(place)
        )
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(here, filter="data")
    return sorted(each for each in here.rglob("*") if each.is_file())


def _matching(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """Regular files below a folder that match any of the patterns; links are left out."""
    found = {each for pattern in patterns for each in folder.glob(pattern)}
    return sorted(each for each in found if each.is_file() and not each.is_symlink())


def _run(command: Sequence[str], folder: Path) -> bytes:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
    except FileNotFoundError as error:
        raise NotBrought(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode(errors="replace").strip().splitlines()
        raise NotBrought(f"{' '.join(command)}: {last[-1] if last else error.returncode}") from None
