"""The manifest of one generation: its sources, the settings it was built with, and its checksums.

It is read before anything else, so all of it is validated first. Its own checksum is in
``CURRENT``.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from qa_index.collection.records import Counts
from qa_index.encoding import ModelDescription
from qa_index.errors import REBUILD, IndexDamaged, IndexIncompatible
from qa_index.records import Ocr
from qa_index.terms.analyzer import Analyzer

FORMAT = 8
"""Version of the layout on disk; increased by every change that an older reader would misread."""


class StoredFile(NamedTuple):
    """One file of the generation; an array when ``dtype`` is set, bytes otherwise."""

    size: int
    """In bytes."""
    checksum: str
    """XXH3-128 over the XXH3-64 of its blocks."""
    dtype: Any
    """NumPy's description: a string, or a list of ``[name, dtype]`` fields; ``None`` for bytes."""
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """A path that was indexed, and which files of it."""

    path: str
    """``/``-separated, relative to the index's parent folder if inside it."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    default_excludes: bool = True
    """Whether files that tools generate are excluded from folders."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What a generation is made from and with; the next build compares it."""

    model: ModelDescription
    splitter: dict[str, Any]
    """See ``Manifest``, as for what follows."""
    language: str | None = None
    ocr: Ocr = Ocr.AUTO
    ocr_languages: str = "auto"
    roots: tuple[Root, ...] = ()
    skipped: tuple[Sequence[Any], ...] = ()
    """Files that were skipped, with the fields of ``sources.plan.SkippedFile`` or ``Unparsed``."""

    def manifest(
        self,
        *,
        generation: int,
        languages: Iterable[str],
        counts: Counts,
        statistics: dict[str, float],
        files: dict[str, StoredFile] | None = None,
    ) -> "Manifest":
        """The manifest of a generation that was written just now."""
        from qa_index.version import tool_version  # slow to import, and not needed to answer

        return Manifest(
            generation=generation,
            tool=tool_version(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            model=self.model,
            analyzer=Analyzer(languages=tuple(sorted(languages))).to_dict(),
            splitter=self.splitter,
            language=self.language,
            ocr=self.ocr,
            ocr_languages=self.ocr_languages,
            roots=self.roots,
            counts=counts,
            statistics=statistics,
            files=files or {},
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a generation except its contents."""

    generation: int
    tool: str
    """Version of the program that wrote it."""
    created: str
    """ISO 8601, UTC."""
    model: ModelDescription
    analyzer: dict[str, Any]
    """Settings of the analyzer, as ``Analyzer.to_dict`` gives them."""
    splitter: dict[str, Any]
    """Version and settings of the splitter: see ``prepare.splitter_settings``."""
    language: str | None
    """Language forced for all documents; ``None`` to detect it."""
    ocr: Ocr
    ocr_languages: str
    """See ``Recognition``."""
    roots: tuple[Root, ...]
    counts: Counts
    statistics: dict[str, float]
    """Scalars of the postings and the vectors that search needs."""
    files: dict[str, StoredFile]
    """Of the embedded engine; no other has any."""

    def to_json(self) -> bytes:
        """The manifest as it is stored."""
        data = {"format": FORMAT, **asdict(self)}
        data["files"] = {name: file._asdict() for name, file in self.files.items()}
        return json.dumps(data, indent=1, ensure_ascii=False).encode()

    @staticmethod
    def from_json(raw: bytes, name: str) -> "Manifest":
        """Parse the output of ``to_json``.

        Raises ``IndexIncompatible`` for another format version and ``IndexDamaged`` for anything
        that is not a manifest.
        """
        try:
            data = json.loads(raw)
            version = data.pop("format")
            if type(version) is int and version == FORMAT:
                return _from_dict(data)
        except _MALFORMED as error:
            raise IndexDamaged(
                f"{name} is not a manifest ({type(error).__name__}); {REBUILD}"
            ) from error
        if type(version) is int and version > FORMAT:
            raise IndexIncompatible(
                f"{name} has format {version}, newer than this program's {FORMAT}; "
                "upgrade grounded-qa"
            )
        raise IndexIncompatible(
            f"{name} has format {version!r}, this program reads {FORMAT}; {REBUILD}"
        )


_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""Errors raised when JSON has an unexpected form."""


def _from_dict(data: dict[str, Any]) -> Manifest:
    model, counts = data["model"], data["counts"]
    return Manifest(
        generation=_natural(data["generation"]),
        tool=_text(data["tool"]),
        created=_text(data["created"]),
        model=ModelDescription(
            name=_text(model["name"]),
            sha256=_sha256(model["sha256"]),
            dimension=_natural(model["dimension"]),
            max_tokens=_natural(model["max_tokens"]),
            normalize=bool(model["normalize"]),
        ),
        analyzer=dict(data["analyzer"]),
        splitter=dict(data["splitter"]),
        language=None if data["language"] is None else _text(data["language"]),
        ocr=Ocr(data["ocr"]),
        ocr_languages=_text(data["ocr_languages"]),
        roots=tuple(
            Root(
                _text(root["path"]),
                _texts(root["include"]),
                _texts(root["exclude"]),
                _flag(root["default_excludes"]),
            )
            for root in data["roots"]
        ),
        counts=Counts(**{name: _natural(counts[name]) for name in Counts.__slots__}),
        statistics={name: _number(value) for name, value in data["statistics"].items()},
        files={_file_name(name): _stored_file(file) for name, file in data["files"].items()},
    )


def _stored_file(file: dict[str, Any]) -> StoredFile:
    size, shape = _natural(file["size"]), tuple(map(_natural, file["shape"]))
    dtype = file["dtype"]
    if shape if dtype is None else size != _item_size(dtype) * math.prod(shape):
        raise ValueError("a shape does not fit the size")
    return StoredFile(size, _text(file["checksum"]), dtype, shape)


_FILE_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_NUMBERS = re.compile(r"[<|][iuf]([1248])")
"""Integers and floats of a fixed size. Excludes Python objects in particular."""


def _file_name(name: str) -> str:
    """Validate a name inside the generation's folder, so that no path leads elsewhere."""
    if not _FILE_NAME.fullmatch(name):
        raise ValueError("a file's name")
    return name


def _item_size(dtype: str | list[list[str]]) -> int:
    """Bytes of one element."""
    if isinstance(dtype, list):
        return sum(_item_size(_text(field)) for _, field in dtype)
    match = _NUMBERS.fullmatch(dtype)
    if match is None:
        raise ValueError("a dtype")
    return int(match[1])


def _natural(value: Any) -> int:
    # In Python a bool is an int; NumPy counts in 64 bits.
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise TypeError("not a count")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError("not a number")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError("not a flag")
    return value


def _sha256(value: Any) -> str:
    """Validate a SHA-256: it names folders of the cache, so it must not be a path elsewhere."""
    if not re.fullmatch(r"[0-9a-f]{64}", _text(value)):
        raise ValueError("not a SHA-256")
    return str(value)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(_text, values))
