"""The catalogue of collections: what each holds, and where its documents come from."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

QUESTIONS = Path(__file__).parents[1] / "questions"


class Group(StrEnum):
    """What the questions of a collection are for."""

    REAL = "real"
    """The ruler: nothing is trained on them."""
    TRAINING = "training"
    """What the reader learns from."""


class Half(StrEnum):
    """What a collection of the ruler is for."""

    CHOOSING = "choosing"
    JUDGING = "judging"


@dataclass(frozen=True, slots=True)
class DebianPackage:
    """Files of a binary package of Debian."""

    package: str
    version: str
    sha256: str
    """Of the package file."""
    paths: tuple[str, ...]
    """Patterns of ``Path.match`` for what to take, seen from the root of the package."""


@dataclass(frozen=True, slots=True)
class GitRepository:
    """Files of a commit."""

    url: str
    commit: str
    paths: tuple[str, ...]
    """Patterns of git's ``glob`` pathspecs."""


Source = DebianPackage | GitRepository


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents with questions about them."""

    name: str
    """Also of its questions' file and of its documents' folder."""
    language: str
    kind: str
    licence: str
    origin: str
    half: Half | None
    """``None`` for those that are learnt from."""
    sources: tuple[Source, ...]
    questions: Path


def catalogue(group: Group, names: Sequence[str] = ()) -> list[Collection]:
    """The collections of a group; with ``names``, those alone, in this order.

    Raises ``ValueError`` for an unknown name or a malformed entry.
    """
    folder = QUESTIONS / group
    text = (folder / "collections.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text).get("collection", [])
    known = {each["name"]: _collection(each, folder) for each in entries}
    if len(known) < len(entries):
        raise ValueError(f"{folder / 'collections.toml'} has two collections of the same name")
    unknown = set(names) - known.keys()
    if unknown:
        raise ValueError(
            f"no collection {', '.join(sorted(unknown))}; there are {', '.join(known)}"
        )
    return [known[name] for name in names or known]


def _collection(entry: Mapping[str, Any], folder: Path) -> Collection:
    sources = entry.get("sources") or [entry]
    return Collection(
        name=entry["name"],
        language=entry["language"],
        kind=entry["kind"],
        licence=entry["licence"],
        origin=entry["origin"],
        half=Half(entry["half"]) if "half" in entry else None,
        sources=tuple(_sources(sources, entry["name"])),
        questions=folder / f"{entry['name']}.jsonl",
    )


def _sources(entries: Iterable[Mapping[str, Any]], name: str) -> Iterable[Source]:
    for entry in entries:
        for key, kind in (("deb", DebianPackage), ("git", GitRepository)):
            if key in entry:
                fields = dict(entry[key])
                yield kind(**fields | {"paths": tuple(fields["paths"])})
                break
        else:
            raise ValueError(f"the collection {name} has a source that is neither deb nor git")
