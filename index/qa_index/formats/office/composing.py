"""Composes the text of a document from its blocks."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qa_index.formats.structure.looks import headings_by_look
from qa_index.formats.structure.titles import is_headline, readable, tidy, title_of
from qa_index.records import (
    Block,
    BlockKind,
    Gap,
    Heading,
    Metadata,
    Parsed,
    Table,
    Unit,
    UnitKind,
)

PAGE_BREAK = "\f"
"""Within a paragraph, where a new page begins. XML cannot hold this character."""

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_LINE_END = re.compile(r"(?<![ \t])[ \t]*\n[ \t\n]*")  # linear: only where a run begins
_IN_CELL = re.compile(r"[^\S\f]+")
_DEFAULT_TITLE = re.compile(
    r"(microsoft \w+ - .*|untitled.*|document ?\d*|presentation ?\d*|powerpoint presentation|"
    r"(word )?document|title|no title|pr.sentation powerpoint|powerpoint-pr.sentation|"
    r".*\.(docx?|pptx?|odt|odp|rtf|dotx?|txt))",
    re.IGNORECASE,
)
"""Titles that programs set and nobody wrote."""
_FILE_NAME = re.compile(r"\S+\.\w{3,4}|https?:\S+", re.IGNORECASE)
_NUMBERED = re.compile(r"\w+ ?\d*")
_LONGEST_TRIVIAL = 100
_MACHINE = re.compile(
    r"(Description automatically generated( with \w+ confidence)?|"
    r"AI-generated content may be incorrect\.?|Automatisch generierte Beschreibung)",
)


class Position(NamedTuple):
    """A place in a document that is being composed."""

    turns: int
    """How many times a unit was begun or continued."""
    length: int
    number: int


class Composer:
    """Text, blocks, headings, tables and units of a document under construction."""

    def __init__(self, unit: UnitKind) -> None:
        self._unit = unit
        self._pieces: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._headings: list[Heading] = []
        self._tables: list[Table] = []
        self._turns: list[tuple[int, int]] = []
        self._labels: dict[int, str] = {}
        self._pictures: set[int] = set()
        self._lost_from: int | None = None
        self.number = 0
        """Of the unit that text is added to; 0 for none."""

    def turn(self, number: int, label: str = "") -> None:
        """Begin or continue a unit; text goes there from now on. 0 for text in no unit."""
        self.number = number
        self._turns.append((self._length, number))
        if label:
            self._labels[number] = label

    def position(self) -> Position:
        """Where the next text goes."""
        return Position(len(self._turns), self._length, self.number)

    def skip_to(self, since: Position, *, is_odd: bool) -> None:
        """What was added since then begins on an odd or an even page, if need be after an empty
        one. Without a recorded break there, its pages are uncertain."""
        if self.number == since.number or len(self._turns) == since.turns:
            self.lose_units(since)
        elif (since.number + 1) % 2 != is_odd:
            later = self._turns[since.turns :]
            self._turns[since.turns :] = [(start, number + 1) for start, number in later]
            self._pictures = {each + (each > since.number) for each in self._pictures}
            self.number += 1

    def lose_units(self, since: Position) -> None:
        """The units of what was added since then, and of all that follows, are not known."""
        if self._lost_from is None:
            self._lost_from = since.length

    def picture(self) -> None:
        """Note a picture in the present unit."""
        self._pictures.add(self.number)

    def add(self, kind: BlockKind, text: str, *, level: int = 1) -> None:
        """Add a block; prose with blank lines becomes several. Empty text adds none.

        Every ``PAGE_BREAK`` in the text begins the next unit. ``level`` is that of a heading.
        """
        if kind is BlockKind.PROSE and "\n" in text:
            for part in _BLANK_LINE.split(text):
                self._add(kind, _LINE_END.sub("\n", part), level)
        elif kind in (BlockKind.TABLE, BlockKind.CODE):
            self._add(kind, text, level)
        else:
            self._add(kind, _LINE_END.sub("\n", text), level)

    def add_note(self, text: str, *, number: int) -> None:
        """Add a note that belongs to this unit, although the text may have gone on to the next."""
        present = self.number
        if number != present:
            self.turn(number)
        self.add(BlockKind.NOTE, text)
        if number != present:
            self.turn(present)

    def add_table(self, rows: Iterable[Sequence[str]], *, header_rows: int) -> None:
        """Add a table. Rows without text are left out; white space in cells becomes a space."""
        lines = []
        for position, row in enumerate(rows):
            line = "\t".join(_IN_CELL.sub(" ", cell).strip(" ") for cell in row).rstrip("\t")
            if line.strip():
                lines.append(line)
            elif position < header_rows:
                header_rows -= 1
            elif PAGE_BREAK in line:
                lines.append(line.strip("\t"))
        before = len(self._blocks)
        self._add(BlockKind.TABLE, "\n".join(lines), 0)
        if len(self._blocks) > before:
            block = self._blocks[-1]
            rows_left = len(lines)
            self._tables.append(Table(block.start, block.end, min(header_rows, rows_left)))

    def _add(self, kind: BlockKind, text: str, level: int) -> None:
        breaks: list[int] = []
        if PAGE_BREAK in text:
            parts = text.split(PAGE_BREAK)
            text = "".join(parts)
            at = 0
            for part in parts[:-1]:
                at += len(part)
                breaks.append(at)
        # The first line of code and of a table keeps what indents it.
        is_laid_out = kind in (BlockKind.CODE, BlockKind.TABLE)
        stripped = text.lstrip("\n" if is_laid_out else None)
        cut = len(text) - len(stripped)
        stripped = stripped.rstrip()
        if not stripped.strip():
            for _ in breaks:
                self.turn(self.number + 1)
            return
        if self._length:
            self._pieces.append("\n\n")
            self._length += 2
        start = self._length
        for at in breaks:
            self._length = start + min(max(at - cut, 0), len(stripped))
            self.turn(self.number + 1)
        self._pieces.append(stripped)
        self._length = end = start + len(stripped)
        self._blocks.append(Block(kind, start, end))
        if kind is BlockKind.HEADING:
            self._headings.append(Heading(level, tidy(stripped), start, end))

    def parsed(
        self,
        *,
        name: str,
        media_type: str,
        titles: Iterable[str],
        metadata: Metadata,
        gaps: Iterable[Gap] = (),
        has_units: bool = True,
        by_look: bool = False,
    ) -> Parsed:
        """The document. Its title is the first sensible one of ``titles``, or a heading.

        With ``by_look``, if no block is marked as a heading, those that look like one are.
        """
        text = "".join(self._pieces)
        if by_look and not self._headings:
            self._blocks, self._headings = headings_by_look(text, self._blocks)
        units = self._units(text) if has_units else ()
        prose = (each for each in self._blocks if each.kind in (BlockKind.PROSE, BlockKind.LIST))
        title = next((tidy(each) for each in titles if _is_sensible(each)), "") or title_of(
            self._headings,
            text_starts=next((block.start for block in prose), len(text)),
            first_line="",
            name=name,
        )
        return Parsed(
            text=text,
            media_type=media_type,
            title=title or readable(name),
            blocks=tuple(self._blocks),
            headings=tuple(self._headings),
            encoding="",
            units=units,
            gaps=(*self._pictures_only(text, units), *dict.fromkeys(gaps)),
            tables=tuple(self._tables),
            metadata=metadata,
        )

    def _units(self, text: str) -> tuple[Unit, ...]:
        units: list[Unit] = []
        ends = [start for start, _ in self._turns[1:]] + [len(text)]
        known = len(text) if self._lost_from is None else self._lost_from
        for (start, number), end in zip(self._turns, ends, strict=False):  # none without turns
            end = min(end, known)
            if not number or not text[start:end].strip():
                continue
            if units and units[-1].number == number:
                units[-1] = units[-1]._replace(end=end)
            else:
                units.append(Unit(self._unit, number, self._labels.get(number, ""), start, end))
        return tuple(units)

    def _pictures_only(self, text: str, units: Sequence[Unit]) -> list[Gap]:
        if not units:
            return [Gap("document", "picture without text")] * (
                not text.strip() and bool(self._pictures)
            )
        filled = {unit.number for unit in units}
        return [
            Gap(f"{self._unit} {number}", "picture without text")
            for number in sorted(self._pictures - filled - {0})
        ]


def alternative_text(text: str | None) -> str:
    """The description of a picture; empty if a program wrote it or it is only a name."""
    text = tidy(_MACHINE.sub("", text or ""))
    is_short = len(text) <= _LONGEST_TRIVIAL
    trivial = is_short and (_FILE_NAME.fullmatch(text) or _NUMBERED.fullmatch(text))
    return "" if trivial else text


def _is_sensible(title: str) -> bool:
    return is_headline(title) and not _DEFAULT_TITLE.fullmatch(tidy(title))
