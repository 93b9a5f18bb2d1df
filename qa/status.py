"""The contents of an index, whether it is up to date, and whether its files are intact."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from qa.confidence.profiles import ProfileUsed, doubt_of, profile_used
from qa.confidence.promise import PassageDrift, Promise
from qa.confidence.store import OwnCalibration, load
from qa_index.collection.index import Index
from qa_index.collection.manifest import Root
from qa_index.collection.records import Counts, dated
from qa_index.encoding import ModelDescription
from qa_index.records import DateSource
from qa_index.sources.condition import Condition, condition_of
from qa_index.version import tool_version

SCHEMA = "qa.status/1"


@dataclass(frozen=True, slots=True)
class IndexedSource:
    """A document of an index."""

    path: str
    title: str
    media_type: str
    language: str
    passages: int
    sha256: str
    """SHA-256 of the file's bytes when it was indexed."""
    format: str
    """Name of the format that parsed it."""
    date: str | None
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
    date_from: DateSource | None
    tags: tuple[str, ...]
    """As they are compared, without regard to case."""


class IndexedGap(NamedTuple):
    """Content of a source that could not be read, and is not in the index, or not surely."""

    path: str
    place: str
    """Such as ``page 3``."""
    reason: str
    """Such as ``picture only``."""


class RecognisedSource(NamedTuple):
    """A source with pages that are pictures, on which text was recognised."""

    path: str
    pages: int
    by: str
    """Such as ``tesseract 5.3.0 eng``."""


@dataclass(frozen=True, slots=True)
class State:
    """Everything that can be reported of an index without asking a question."""

    folder: Path
    generation: int
    created: str
    """Time of the last build in ISO 8601, UTC."""
    tool: str
    """Version of the program that wrote it."""
    model: ModelDescription
    counts: Counts
    roots: tuple[Root, ...]
    """The paths that it is made from."""
    size: int
    """Total size of its files, in bytes."""
    languages: dict[str, int]
    """Number of documents in each language, the most frequent first."""
    condition: Condition
    profile: ProfileUsed
    """The source of the similarity profile of its model."""
    doubt: str | None
    """What that means for the probability; ``None`` if the model has its own profile."""
    calibration: OwnCalibration | None
    """The confidence fitted to the user's own questions, if there is one, and what is promised."""
    drift: PassageDrift | None
    """How far the passages have changed since the promise; ``None`` without one."""
    gaps: tuple[IndexedGap, ...]
    """What documents hold that could not be read, or not surely; in order."""
    recognised: tuple[RecognisedSource, ...]
    """Documents whose text was recognised, all or in part, in order."""
    checked: bool
    """Whether every byte was read and compared with its checksum."""
    undated: int
    """Number of documents without a date, which no filter by date matches."""
    sources: tuple[IndexedSource, ...] | None
    """All documents, sorted by path, if they were requested."""
    engine: Mapping[str, Any] | None = None
    """The state of the server that holds it: see ``to_dict``; ``None`` for a folder."""

    @property
    def name(self) -> str:
        """What people call the index: its folder, or its address without secrets."""
        return str(self.folder) if self.engine is None else str(self.engine["address"])

    @property
    def promise(self) -> Promise | None:
        """What is promised of the answers, if that is so with the model of this index."""
        own = self.calibration
        return own.promise if own and own.encoder_sha256 == self.model.sha256 else None

    @property
    def doubts_of_promise(self) -> tuple[str, ...]:
        """Why the promise may hold no longer, one clause each; empty as far as is known."""
        own = self.calibration
        if own is None or own.promise is None:
            return ()
        if own.encoder_sha256 != self.model.sha256:
            return ("the index has another embedding model since, so it is ignored",)
        found = []
        if self.drift is not None and self.drift.noticed:
            found.append(
                f"{self.drift.new:.0%} of the passages are new since, and {self.drift.gone:.0%} "
                "of those of before are gone"
            )
        if own.promise.basis.tool != tool_version():
            found.append(
                f"it was made with version {own.promise.basis.tool}, and this is {tool_version()}"
            )
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.status/1``."""
        drift = None if self.drift is None else self.drift._asdict()
        return {
            "schema": SCHEMA,
            "index": self.name,
            "generation": self.generation,
            "created": self.created,
            "tool": self.tool,
            "model": asdict(self.model),
            "size": self.size,
            **asdict(self.counts),
            "languages": self.languages,
            "roots": [asdict(root) for root in self.roots],
            "gone_roots": [root._asdict() for root in self.condition.gone],
            "fresh": self.condition.fresh,
            "changed": list(self.condition.changed),
            "vanished": list(self.condition.vanished),
            "new": list(self.condition.new),
            "skipped": [file._asdict() for file in self.condition.skipped],
            "profile": str(self.profile),
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
            "promise_drift": drift,
            "promise_doubts": list(self.doubts_of_promise),
            "gaps": [gap._asdict() for gap in self.gaps],
            "recognised": [each._asdict() for each in self.recognised],
            "checked": self.checked,
            "undated": self.undated,
            **({} if self.engine is None else {"engine": dict(self.engine)}),
            **({} if self.sources is None else {"sources": list(map(asdict, self.sources))}),
        }


def state_of(index: Index, *, deep: bool, documents: bool = False) -> State:
    """Reports the state of an index and its sources; ``deep`` reads and checks every byte of it.

    ``documents`` lists them.

    Raises ``IndexDamaged``.
    """
    if deep:
        index.check()
    languages = Counter[str]()
    gaps: list[IndexedGap] = []
    recognised: list[RecognisedSource] = []
    undated = 0
    for document in index.documents():
        languages[document.language] += 1
        undated += dated(document) is None
        gaps += (IndexedGap(document.path, *gap) for gap in document.gaps)
        if pages := {unit.number for unit in document.units if unit.recognised}:
            recognised.append(RecognisedSource(document.path, len(pages), document.recognition))
    manifest = index.manifest
    calibration = load(index.folder)
    return State(
        folder=index.folder,
        generation=manifest.generation,
        created=manifest.created,
        tool=manifest.tool,
        model=manifest.model,
        counts=manifest.counts,
        roots=manifest.roots,
        size=index.size,
        languages=dict(languages.most_common()),
        condition=condition_of(index),
        profile=profile_used(index),
        doubt=doubt_of(index),
        calibration=calibration,
        drift=_drift(index, calibration),
        gaps=tuple(gaps),
        recognised=tuple(recognised),
        checked=deep,
        undated=undated,
        sources=tuple(_sources(index)) if documents else None,
        engine=index.engine,
    )


def _drift(index: Index, calibration: OwnCalibration | None) -> PassageDrift | None:
    promise = None if calibration is None else calibration.promise
    if promise is None or promise.basis.passages is None:
        return None
    return promise.basis.passages.drift(index.text_hashes)


def _sources(index: Index) -> Iterator[IndexedSource]:
    for each in sorted(index.documents(), key=lambda document: document.path):
        passages = each.passages.end - each.passages.start
        date = dated(each)
        yield IndexedSource(
            each.path,
            each.title,
            each.media_type,
            each.language,
            passages,
            each.sha256,
            each.format,
            date.date if date else None,
            date.source if date else None,
            each.metadata.tags,
        )
