"""The manifest of one generation: what it was made from, with what, and how to check it.

It is read before anything else, so nothing in it is believed until it has the expected form. Its
own checksum stands in ``CURRENT``.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from qa_index.encoding import ModelDescription
from qa_index.errors import IndexDamaged, IndexIncompatible

FORMAT = 1
"""Version of the layout on disk; raised by every change that an older reader would misread."""


class StoredFile(NamedTuple):
    """One file of the generation; an array when ``dtype`` is set, bytes otherwise."""

    size: int
    """In bytes."""
    checksum: str
    """XXH3-128 over the XXH3-64 of its blocks."""
    dtype: Any
    """Numpy's description: a string, or a list of ``[name, dtype]`` fields; ``None`` for bytes."""
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """A path that was indexed, and which files of it."""

    path: str
    """``/``-separated, relative to the index's parent folder if inside it."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a generation holds."""

    documents: int
    passages: int
    sentences: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a generation but its contents."""

    generation: int
    tool: str
    """Version of the program that wrote it."""
    created: str
    """ISO 8601, UTC."""
    model: ModelDescription
    analyzer: dict[str, Any]
    """Settings of the analyzer, as ``Analyzer.to_dict`` gives them."""
    splitter: dict[str, Any]
    """Settings and version of the readers and the splitter."""
    language: str | None
    """Forced for every document; ``None`` where it is detected."""
    roots: tuple[Root, ...]
    counts: Counts
    statistics: dict[str, float]
    """Scalars of the postings and the vectors that search needs."""
    files: dict[str, StoredFile]

    def to_json(self) -> bytes:
        """The manifest as it is stored."""
        data = {"format": FORMAT, **asdict(self)}
        data["files"] = {name: file._asdict() for name, file in self.files.items()}
        return json.dumps(data, indent=1, ensure_ascii=False).encode()

    @staticmethod
    def from_json(raw: bytes, name: str) -> "Manifest":
        """Parse what ``to_json`` gave.

        Raises ``IndexIncompatible`` for another format version and ``IndexDamaged`` for anything
        that is not a manifest.
        """
        try:
            data = json.loads(raw)
            version = data.pop("format")
            if version == FORMAT:
                return _from_dict(data)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise IndexDamaged(
                f"{name} is not a manifest ({type(error).__name__}); run `qa index --full`"
            ) from error
        if isinstance(version, int) and version > FORMAT:
            raise IndexIncompatible(
                f"{name} has format {version}, newer than this program's {FORMAT}; "
                "upgrade grounded-qa"
            )
        raise IndexIncompatible(
            f"{name} has format {version!r}, this program reads {FORMAT}; run `qa index --full`"
        )


def _from_dict(data: dict[str, Any]) -> Manifest:
    counts = Counts(**data["counts"])
    if not all(isinstance(count, int) and count >= 0 for count in asdict(counts).values()):
        raise ValueError("counts")
    files = {
        str(name): StoredFile(
            int(file["size"]), str(file["checksum"]), file["dtype"], tuple(map(int, file["shape"]))
        )
        for name, file in data["files"].items()
    }
    roots = tuple(
        Root(str(root["path"]), tuple(root["include"]), tuple(root["exclude"]))
        for root in data["roots"]
    )
    return Manifest(
        **{
            **data,
            "model": ModelDescription(**data["model"]),
            "roots": roots,
            "counts": counts,
            "files": files,
            "statistics": {str(k): float(v) for k, v in data["statistics"].items()},
        }
    )
