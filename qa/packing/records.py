"""The records of an evidence pack: its manifest, schema ``qa.pack/1``.

A pack consists of parts, each with its SHA-256. One is the page, which shows all the others and is
made of nothing else; the manifest lists them and has a seal over itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from qa.checking.verification import Verdict
from qa.sealed import seal_of
from qa_index.formats.format import NAME

SCHEMA = "qa.pack/1"

PAGE = "index.html"
"""Name of the part that is the page."""

PART_NAME = re.compile(r"(?:answers|context|pictures|sources)/[0-9A-Za-z][0-9A-Za-z._-]{0,120}")


_Kind = TypeVar("_Kind")


class Malformed(ValueError):
    """What was read has not the shape of a manifest; the argument says why."""


@dataclass(frozen=True, slots=True)
class PackPart:
    """A part of a pack."""

    name: str
    size: int
    """In bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class PackedPicture:
    """The picture of a page, with the quote marked."""

    page: int
    part: str
    drawn_by: str | None = None
    """The renderer, its version, and a hash of the fonts that it took from elsewhere than the file;
    ``None`` if it is not known."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types. What is not known is left out, as it is in packs of before."""
        known = {} if self.drawn_by is None else {"drawn_by": self.drawn_by}
        return {"page": self.page, "part": self.part, **known}


@dataclass(frozen=True, slots=True)
class PackedAnswer:
    """An answer, or a certificate of absence, in a pack."""

    part: str
    """The JSON that was saved, without ``timing_ms``."""
    holds: bool | None = None
    """Of a certificate: whether the files were the same when it was packed; else ``None``."""


@dataclass(frozen=True, slots=True)
class PackedQuote:
    """A quote in a pack, as it was found in its source when it was packed."""

    answer: int
    """Number of the answer in the pack, from 1."""
    citation: int
    """Number of the citation in the answer, from 1."""
    verdict: Verdict
    detail: str
    """The verdict in words."""
    source_changed: bool | None
    """See ``Verification``."""
    context: str | None = None
    """The part with the text around the quote."""
    start: int = 0
    end: int = 0
    """The quote is ``text[start:end]`` of that part, in code points."""
    pictures: tuple[PackedPicture, ...] = ()
    lacking: str | None = None
    """What of the source could not be packed, and why."""

    @property
    def stands(self) -> bool:
        """Whether the quote was in its source, at the cited place or elsewhere."""
        return self.verdict in {Verdict.VERIFIED, Verdict.MOVED}


@dataclass(frozen=True, slots=True)
class PackedSource:
    """A source that a pack quotes."""

    path: str
    sha256: str
    """As it was cited."""
    part: str | None = None
    """The part that holds the file itself."""


@dataclass(frozen=True, slots=True)
class Pack:
    """An evidence pack: what its manifest says."""

    tool: str
    """Version of the program that made it."""
    page_version: int
    answers: tuple[PackedAnswer, ...]
    quotes: tuple[PackedQuote, ...]
    sources: tuple[PackedSource, ...]
    parts: tuple[PackPart, ...]
    """Without the page, by name."""
    page: PackPart | None = None
    """The page; in an HTML pack all of the file but the manifest."""
    path: Path | None = None
    """Where the pack was written; not part of the manifest."""
    sha256: str | None = None
    """Of the file that was written; not part of the manifest."""
    signature: Path | None = None
    """Where its signature was written; not part of the manifest."""

    @property
    def not_standing(self) -> tuple[PackedQuote, ...]:
        """The quotes that were not in their sources when they were packed."""
        return tuple(each for each in self.quotes if not each.stands)

    def to_dict(self) -> dict[str, Any]:
        """The manifest as JSON types, schema ``qa.pack/1``."""
        data = {"schema": SCHEMA, **asdict(self)}
        del data["path"], data["sha256"], data["signature"]
        data = {
            name: list(each) if isinstance(each, tuple) else each for name, each in data.items()
        }
        for quote, made in zip(data["quotes"], self.quotes, strict=True):
            pictures = [each.to_dict() for each in made.pictures]
            quote |= {"verdict": str(made.verdict), "pictures": pictures}
        return {**data, "seal": seal_of(data)}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Pack":
        """The manifest of a pack from strangers. Raises ``Malformed``; the seal is not checked."""
        try:
            if data["schema"] != SCHEMA:
                raise Malformed(f"its schema is not {SCHEMA}")
            return Pack(
                tool=_of(str, data["tool"]),
                page_version=_of(int, data["page_version"]),
                answers=tuple(map(_answer, data["answers"])),
                quotes=tuple(map(_quote, data["quotes"])),
                sources=tuple(map(_source, data["sources"])),
                parts=tuple(map(_part, data["parts"])),
                page=_part(data["page"], page=True),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Malformed(f"its manifest is malformed: {error}") from None


def names_of(pack: Pack) -> Iterator[str]:
    """The names of all parts that the records of a pack refer to."""
    for answer in pack.answers:
        yield answer.part
    for quote in pack.quotes:
        yield from ([] if quote.context is None else [quote.context])
        yield from (picture.part for picture in quote.pictures)
    for source in pack.sources:
        yield from ([] if source.part is None else [source.part])


def _of(kind: type[_Kind], value: Any) -> _Kind:
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:40]!r} is no {kind.__name__}")
    return value


def _or_none(kind: type[_Kind], value: Any) -> _Kind | None:
    return None if value is None else _of(kind, value)


def _part_name(value: Any) -> str:
    if PART_NAME.fullmatch(_of(str, value)) is None:
        raise ValueError(f"{value[:80]!r} is no name of a part")
    return str(value)


def _part(data: Any, *, page: bool = False) -> PackPart:
    name = _of(str, data["name"]) if page else _part_name(data["name"])
    if page and name != PAGE:
        raise ValueError(f"its page is not called {PAGE}")
    return PackPart(name, _of(int, data["size"]), _of(str, data["sha256"]))


def _answer(data: Any) -> PackedAnswer:
    return PackedAnswer(_part_name(data["part"]), _or_none(bool, data["holds"]))


def _quote(data: Any) -> PackedQuote:
    context = data["context"]
    return PackedQuote(
        answer=_of(int, data["answer"]),
        citation=_of(int, data["citation"]),
        verdict=Verdict(data["verdict"]),
        detail=_of(str, data["detail"]),
        source_changed=_or_none(bool, data["source_changed"]),
        context=None if context is None else _part_name(context),
        start=_of(int, data["start"]),
        end=_of(int, data["end"]),
        pictures=tuple(map(_picture, _of(list, data["pictures"]))),
        lacking=_or_none(str, data["lacking"]),
    )


def _picture(data: Any) -> PackedPicture:
    drawn_by = _or_none(str, data.get("drawn_by"))
    if drawn_by is not None and NAME.fullmatch(drawn_by) is None:
        raise ValueError("what drew a picture is no name")
    return PackedPicture(_of(int, data["page"]), _part_name(data["part"]), drawn_by)


def _source(data: Any) -> PackedSource:
    part = data["part"]
    return PackedSource(
        _of(str, data["path"]), _of(str, data["sha256"]), None if part is None else _part_name(part)
    )
