"""Spreadsheets: each sheet a unit, each row of a table a line of cells separated by tabs.

calamine reads the cells, and the value that a formula had when the file was saved.
"""

import datetime as dates
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.extracted import Extracted
from qa_index.formats.format import Format
from qa_index.formats.office.properties import properties_of
from qa_index.formats.structure.titles import readable, tidy
from qa_index.records import BlockKind, Cells, Gap, Parsed, Place, Span, UnitKind

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MAX_CELLS = 10_000_000
"""Cells between the first and the last one of a sheet; calamine keeps 32 bytes for each of them,
also for empty ones."""
MAX_UNPACKED = 1 << 30
"""Bytes of all parts of an archive."""

_LONGEST_NAME_OF_ROW = 60
"""Characters; a longer cell that stands alone is text."""
_DIGITS = 15
"""Significant digits that spreadsheets show."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = re.compile(
    rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(\x86\x00\x00\x00)?\x2f\x00", re.DOTALL
)
"""The beginning of an encrypted workbook of Excel 97: BOF, perhaps WRITEPROT, FILEPASS."""
_MEDIA_TYPES = {
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
}
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br\s*=\s*[\"'](\d{1,9})")
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,3})\d")
_OPENDOCUMENT = re.compile(rb"<table:(table-row|table-cell|covered-table-cell|table)\b[^>]*>")
_REPEATED = re.compile(rb"\bnumber-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,9})")
_CHUNK = 1 << 22
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError)
"""What ``zipfile`` raises for damaged archives."""


class _Row(NamedTuple):
    """A row with a value in it."""

    number: int
    """From 0."""
    cells: list[str]


class _Region(NamedTuple):
    """Neighbouring cells, set off by empty rows and columns."""

    column: int
    """From 0."""
    rows: list[_Row]


def parse_sheets(data: bytes, *, name: str) -> Parsed:
    """Parse a workbook; raises ``UnreadableSource`` if it cannot be opened."""
    out = Extracted()
    gaps: list[Gap] = []
    with _panics_refused(), _opened(data) as book:
        named = len(book.sheet_names) > 1
        for sheet_name, hidden, sheet in _sheets(book, gaps):
            start = out.length
            if named and sheet.height:
                out.heading(1, sheet_name)
            for region in _regions(sheet):
                _write(out, region, level=1 + named)
            if out.length == start:
                continue
            label = f"{tidy(sheet_name)} (hidden)" if hidden else tidy(sheet_name)
            out.unit(UnitKind.SHEET, label, start)
    if not out.blocks:
        reason = f"{gaps[0].place}: {gaps[0].reason}" if gaps else "its sheets are empty"
        raise UnreadableSource(reason)
    return Parsed(
        text=out.text,
        media_type=_MEDIA_TYPES.get(PurePath(name).suffix.lower(), "application/vnd.ms-excel"),
        title=readable(name),
        blocks=tuple(out.blocks),
        headings=tuple(out.headings),
        encoding="",
        units=tuple(out.units),
        gaps=tuple(gaps),
        tables=tuple(out.tables),
        metadata=properties_of(data),
    )


def locate_cells(data: bytes, parsed: Parsed, spans: Sequence[Span]) -> list[tuple[Place, ...]]:
    """The cells whose text each span touches, as one range for each table."""
    found: list[list[Place]] = [[] for _ in spans]
    out = Extracted()
    with _panics_refused(), _opened(data) as book:
        named = len(book.sheet_names) > 1
        for sheet_name, _, sheet in _sheets(book, []):
            if named and sheet.height:
                out.heading(1, sheet_name)
            for region in _regions(sheet):
                placed = _write(out, region, level=1 + named)
                for places, span in zip(found, spans, strict=True):
                    if placed[0][0].start < span.end and span.start < placed[-1][0].end:
                        touched = _range(placed, span)
                        if touched:
                            places.append(Cells(sheet_name, touched))
    return [tuple(places) for places in found]


_Placed = tuple[Span, int, int]
"""A cell's text, its row and its column."""


def _write(out: Extracted, region: _Region, *, level: int) -> list[_Placed]:
    """Append a region, and return where each filled cell stands."""
    column, rows = region
    placed: list[_Placed] = []
    title, rest = rows[:1], rows[1:]
    is_title = len(rest) > 1 and _is_title(title[0].cells) and any(map(_many, rest[:2]))
    if is_title:
        place = out.heading(level, "".join(title[0].cells))
        if place is not None:
            at = next(n for n, cell in enumerate(title[0].cells) if cell)
            placed.append((place, title[0].number, column + at))
    else:
        rest = rows
    alone = not any(map(_many, rest)) and (
        len(rest) == 1 or any(len("".join(row.cells)) > _LONGEST_NAME_OF_ROW for row in rest)
    )
    if alone:
        for row in rest:
            place = out.add(BlockKind.PROSE, "".join(row.cells))
            if place is not None:
                at = next(n for n, cell in enumerate(row.cells) if cell)
                placed.append((place, row.number, column + at))
        return placed
    place = out.table([row.cells for row in rest])
    if place is not None:
        start = place.start
        for row in rest:
            at = start
            for offset, cell in enumerate(row.cells):
                if cell:
                    placed.append((Span(at, at + len(cell)), row.number, column + offset))
                at += len(cell) + 1
            start += len("\t".join(row.cells).rstrip("\t")) + 1
    return placed


def _is_title(cells: Sequence[str]) -> bool:
    return not _many_cells(cells) and len("".join(cells)) <= 2 * _LONGEST_NAME_OF_ROW


def _many(row: _Row) -> bool:
    return _many_cells(row.cells)


def _many_cells(cells: Sequence[str]) -> bool:
    return sum(map(bool, cells)) > 1


def _range(placed: Sequence[_Placed], span: Span) -> str:
    touched = [
        (row, column)
        for (start, end), row, column in placed
        if start < span.end and span.start < end
    ]
    if not touched:
        return ""
    rows, columns = zip(*touched, strict=True)
    first = f"{_letters(min(columns))}{min(rows) + 1}"
    last = f"{_letters(max(columns))}{max(rows) + 1}"
    return first if first == last else f"{first}:{last}"


def _letters(column: int) -> str:
    """The name of a column: A, B, ... Z, AA, AB, ..."""
    letters = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def _regions(sheet: "CalamineSheet") -> Iterator[_Region]:
    """Tables of a sheet, row by row, and from left to right where they stand side by side."""
    if sheet.start is None:
        return
    first_row, first_column = sheet.start
    group: list[_Row] = []
    for number, cells in enumerate(sheet.to_python(skip_empty_area=True), first_row):
        shown = [shown_value(cell) for cell in cells]
        if any(shown):
            group.append(_Row(number, shown))
        elif group:
            yield from _side_by_side(group, first_column)
            group = []
    if group:
        yield from _side_by_side(group, first_column)


def _side_by_side(rows: list[_Row], column: int) -> Iterator[_Region]:
    """Rows without an empty one between them, cut at columns that are empty in all of them.

    ``column`` is that of their first cells.
    """
    filled = sorted({at for row in rows for at, cell in enumerate(row.cells) if cell})
    first = 0
    for at in range(1, len(filled) + 1):
        if at < len(filled) and filled[at] == filled[at - 1] + 1:
            continue
        start, end = filled[first], filled[at - 1] + 1
        own = [_Row(row.number, row.cells[start:end]) for row in rows]
        yield _Region(column + start, [row for row in own if any(row.cells)])
        first = at


def shown_value(value: Any) -> str:
    """A cell's value as text: whole numbers without a point, dates as ISO 8601 writes them."""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 10**_DIGITS:
            return str(int(value))
        return format(value, f".{_DIGITS}g")
    if isinstance(value, dates.datetime):
        value = (value + dates.timedelta(milliseconds=500)).replace(microsecond=0)
        shown: str = value.isoformat(sep=" ")
        return shown.removesuffix(" 00:00:00")
    if isinstance(value, dates.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, dates.time):
        return value.replace(microsecond=0).isoformat()
    return "" if value is None else tidy(str(value))


def _sheets(
    book: "CalamineWorkbook", gaps: list[Gap]
) -> Iterator[tuple[str, bool, "CalamineSheet"]]:
    """Name, whether hidden, and cells of each sheet; what cannot be read goes to ``gaps``."""
    from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum

    for number, about in enumerate(book.sheets_metadata):
        place = f"sheet {tidy(about.name) or number + 1}"
        if about.typ is not SheetTypeEnum.WorkSheet:
            gaps.append(Gap(place, "a chart or macro sheet, without cells"))
            continue
        try:
            sheet = book.get_sheet_by_index(number)
        except CalamineError as error:
            gaps.append(Gap(place, f"damaged ({tidy(str(error))[:200]})"))
            continue
        if sheet.height * sheet.width > MAX_CELLS:
            gaps.append(Gap(place, f"too large: {sheet.height:,} rows x {sheet.width:,} columns"))
            continue
        yield about.name, about.visible is not SheetVisibleEnum.Visible, sheet


def _opened(data: bytes) -> "CalamineWorkbook":
    from python_calamine import CalamineError, PasswordError, load_workbook

    if data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableSource("it is encrypted; save a copy without password")
    if data.startswith(_ZIP):
        _check_archive(data)
    try:
        return load_workbook(BytesIO(data))
    except PasswordError:
        raise UnreadableSource("it is encrypted; save a copy without password") from None
    except (CalamineError, OSError) as error:
        if _PASSWORD.search(data):
            raise UnreadableSource("it is encrypted; save a copy without password") from None
        raise UnreadableSource(f"it is no workbook ({tidy(str(error))[:200]})") from None


@contextmanager
def _panics_refused() -> Iterator[None]:
    """Panics of calamine on damaged workbooks: they are no ``Exception``, and have no public type.

    What they say is of use to nobody else.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableSource("it is damaged, or of a kind that is not known") from None


def _check_archive(data: bytes) -> None:
    """Refuse archives that are too large, or whose sheets are: calamine has no limits."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MAX_UNPACKED:
                raise UnreadableSource(
                    f"it unpacks to {unpacked >> 20:,} MB, more than {MAX_UNPACKED >> 20:,}"
                )
            for part in parts:
                if _SHEET_PART.fullmatch(part.filename):
                    _check_extent(archive, part)
                if part.filename == "content.xml":
                    _check_repeated(archive, part)
    except _DAMAGED as error:
        raise UnreadableSource(f"it is a damaged archive ({tidy(str(error))[:200]})") from None


def _check_extent(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose outermost cells are too far apart: each cell between takes memory."""
    rows: list[int] = []
    columns: set[bytes] = set()
    for chunk in _chunks(archive, part):
        found = [int(each) for each in _ROW.findall(chunk)]
        rows += (min(found), max(found)) if found else ()
        columns.update(_CELL.findall(chunk))
    if rows and columns:
        numbers = [_column(each) for each in columns]
        _check_size(max(rows) - min(rows) + 1, max(numbers) - min(numbers) + 1)


def _check_repeated(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """The same for OpenDocument, which writes rows and cells that repeat only once."""
    row = repeated = column = last_row = last_column = 0
    for chunk in _chunks(archive, part):
        for tag in _OPENDOCUMENT.finditer(chunk):
            times = _REPEATED.search(tag[0])
            count = int(times[1]) if times else 1
            if tag[1] == b"table":
                row = repeated = last_row = last_column = 0
            elif tag[1] == b"table-row":
                row, repeated, column = row + repeated, count, 0
            else:
                column += count
                if b"value-type" in tag[0]:
                    last_row, last_column = row + repeated, max(last_column, column)
                    _check_size(last_row, last_column)


def _check_size(rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise UnreadableSource(f"its cells lie too far apart: {rows:,} rows x {columns:,} columns")


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part in pieces that end with a tag."""
    begun = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            whole, mark, rest = (begun + chunk).rpartition(b">")
            yield whole + mark
            begun = rest if len(rest) < _CHUNK else b""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - ord("A") + 1
    return number


def _check(head: bytes) -> None:
    if not head.startswith((_ZIP, _OLE)):
        raise UnreadableSource("it is no workbook")


FORMAT = Format(
    name="sheet",
    version=3,
    suffixes=frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}),
    parse=parse_sheets,
    check=_check,
    is_text=False,
    locate=locate_cells,
)
