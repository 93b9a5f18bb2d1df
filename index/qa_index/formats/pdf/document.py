"""Parses PDF files."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_index.formats.decoding import PicturesOnly, UnreadableSource
from qa_index.formats.ocr import OcrFailed, Recogniser, Tesseract
from qa_index.formats.pdf import structure
from qa_index.formats.pdf.headings import mark_headings
from qa_index.formats.pdf.layout import arrange
from qa_index.formats.pdf.lines import Line, PageText, read_lines
from qa_index.formats.pdf.paragraphs import Paragraph, Role, paragraphs
from qa_index.formats.pdf.pdfium import Handle, form_of, loaded, opened, raw
from qa_index.formats.pdf.running import running_lines
from qa_index.formats.pdf.scans import POOR, USELESS, recognised
from qa_index.formats.pdf.undecodable import undecodable
from qa_index.formats.pdf.writing import Writer
from qa_index.formats.structure.metadata import separated, stated
from qa_index.formats.structure.titles import title_of
from qa_index.records import PICTURE_ONLY, BlockKind, Gap, Parsed

MOST_PAGES = 20_000
MOST_CHARACTERS = 40_000_000
"""Of a document; the longest novels have 5 million."""
_MOST_MISSING = 100
"""Pages in a row that cannot be loaded; the file then claims more than it has."""
_MOST_OBJECTS = 2_000
"""Of a page, looked at to find pictures."""
_POORLY = "recognised poorly, so the text may be wrong"
_RANGES_TOLD = 10
"""Runs of pages that a gap lists."""
_UNMAPPED_SHARE = 0.5
"""Share of characters without known meaning above which a page's text is garbage."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NO_TITLE = re.compile(
    r"untitled.*|.*\.(?:docx?|pdf|indd|qxd|tex|dvi|rtf|odt|txt|exe|jpe?g|png|tiff?|pptx?|xlsx?)"
    r"|microsoft (?:word|powerpoint|excel).*|(?:[a-z]:)?[^\s/\\]*[/\\]\S*",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Page:
    number: int
    text: PageText
    roles: dict[int, Role]
    is_picture: bool


def parse_pdf(data: bytes, *, name: str, recogniser: Recogniser | None) -> Parsed:
    """Text and structure of a PDF file; raises ``UnreadableSource`` if there is no text to read."""
    with opened(data) as document:
        pages, gaps = _read(document, Tesseract(recogniser) if recogniser else None)
        labels = {page.number: structure.label(document, page.number) for page in pages}
        bookmarks = structure.outline(document)
        title = structure.metadata(document, "Title")
        metadata = stated(
            (structure.metadata(document, key) for key in ("CreationDate", "ModDate")),
            separated(structure.metadata(document, "Keywords")),
        )
        attached = structure.attachments(document)
    pictures = sum(page.is_picture for page in pages)
    if not any(page.text.lines for page in pages):
        if pictures and recogniser is None:
            raise PicturesOnly("its pages are pictures without text", pictures)
        raise UnreadableSource(_without_text(gaps))
    found = _paragraphs(pages, bookmarks, title)
    writer = Writer(
        lambda number: labels[number],
        _words(pages),
        frozenset(page.number for page in pages if page.is_picture),
    )
    for paragraph in found:
        writer.add(paragraph)
    gaps += [
        Gap(f"attachment {each or index}", "not read") for index, each in enumerate(attached, 1)
    ]
    if _NO_TITLE.fullmatch(title) or not _WORD.search(title):
        prose = [block for block in writer.blocks if block.kind is BlockKind.PROSE]
        text = writer.text
        title = title_of(
            writer.headings,
            text_starts=prose[0].start if prose else len(text),
            first_line=text[prose[0].start : prose[0].end] if len(prose) > 1 else "",
            name=name,
        )
    return Parsed(
        text=writer.text,
        media_type="application/pdf",
        title=title,
        blocks=tuple(writer.blocks),
        headings=tuple(writer.headings),
        encoding="",
        units=tuple(writer.units),
        gaps=tuple(gaps),
        tables=tuple(writer.tables),
        pictures=pictures,
        recognition=str(recogniser) if recogniser and pictures else "",
        metadata=metadata,
    )


def _read(document: Handle, tesseract: Tesseract | None) -> tuple[list[_Page], list[Gap]]:
    """The lines of every page, and what could not be read."""
    pdfium = raw()
    claimed = pdfium.FPDF_GetPageCount(document)
    tagged = bool(pdfium.FPDFCatalog_IsTagged(document))
    pages: list[_Page] = []
    reasons: list[tuple[int, int, str]] = []
    characters = missing = 0

    def tell(first: int, last: int, reason: str) -> None:
        if reasons and reasons[-1][1:] == (first - 1, reason):
            first = reasons.pop()[0]
        reasons.append((first, last, reason))

    with form_of(document) as form:
        for number in range(1, claimed + 1):
            if number > MOST_PAGES or characters > MOST_CHARACTERS:
                tell(number, claimed, "left out, since the file is too long")
                break
            if missing >= _MOST_MISSING:
                tell(number, claimed, "missing or damaged")
                break
            with loaded(document, number - 1) as page:
                if page is None:
                    missing += 1
                    tell(number, number, "missing or damaged")
                    continue
                missing = 0
                text = read_page(page, form)
                reason = _gap(page, text)
                is_picture = reason == PICTURE_ONLY
                if is_picture and tesseract:
                    text, reason = _scanned(page, text, tesseract)
                characters += sum(len(line.text) for line in text.lines)
                if reason:
                    tell(number, number, reason)
                text.forget_places()
                roles = structure.roles(page) if tagged else {}
                pages.append(_Page(number, text, roles, is_picture))
    return pages, _gaps(reasons)


def _gaps(reasons: Iterable[tuple[int, int, str]]) -> list[Gap]:
    """One gap for each reason; ``reasons`` have the first and last page."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for first, last, reason in reasons:
        ranges.setdefault(reason, []).append((first, last))
    gaps = []
    for reason, found in ranges.items():
        told = [f"{first}" if first == last else f"{first}-{last}" for first, last in found]
        if len(told) > _RANGES_TOLD:
            told[_RANGES_TOLD:] = [f"and {len(told) - _RANGES_TOLD} more"]
        word = "page" if found[0][0] == found[-1][1] else "pages"
        gaps.append(Gap(f"{word} {', '.join(told)}", reason))
    return gaps


def read_page(page: Handle, form: Handle | None) -> PageText:
    """The lines of a page, with the values of form fields beside their labels."""
    text = read_lines(page)
    for field in structure.fields(form, page):
        text.add_field(field.name, field.value, field.box)
    for line in undecodable(text.lines):
        line.undecodable = True
    return text


def _scanned(page: Handle, empty: PageText, tesseract: Tesseract) -> tuple[PageText, str]:
    """The text of a page that is a picture, and what is missing of it; empty for nothing."""
    try:
        scan = recognised(page, tesseract)
    except OcrFailed as failure:
        return empty, f"{PICTURE_ONLY}; {failure}"
    if not scan.text.lines:
        return empty, f"{PICTURE_ONLY}; no text was recognised"
    if scan.confidence < USELESS:
        told = f"what was recognised makes no sense in the language {tesseract.languages}"
        return empty, f"{PICTURE_ONLY}; {told}"
    return scan.text, _POORLY if scan.confidence < POOR else ""


def _gap(page: Handle, text: PageText) -> str:
    """What is missing of a page; empty for nothing."""
    if text.left_out:
        return f"{text.left_out} characters left out, since the page is too long"
    characters = sum(len(line.text) for line in text.lines)
    if characters:
        if text.unmapped > _UNMAPPED_SHARE * characters:
            return "its fonts do not tell which characters they show, so the text may be wrong"
        if any(line.undecodable for line in text.lines):
            return "text that cannot be decoded"
        return ""
    pdfium = raw()
    kinds = _kinds(page)
    if pdfium.FPDF_PAGEOBJ_IMAGE in kinds:
        return PICTURE_ONLY
    if kinds:
        return "drawing only"
    return "blank, or not readable"


def _kinds(page: Handle) -> set[int]:
    """The kinds of the objects on a page, and of those in its forms."""
    pdfium = raw()
    found: set[int] = set()
    looked = 0
    for index in range(max(pdfium.FPDFPage_CountObjects(page), 0)):
        piece = pdfium.FPDFPage_GetObject(page, index)
        pieces = [piece]
        if pdfium.FPDFPageObj_GetType(piece) == pdfium.FPDF_PAGEOBJ_FORM:
            count = min(max(pdfium.FPDFFormObj_CountObjects(piece), 0), _MOST_OBJECTS)
            pieces += [pdfium.FPDFFormObj_GetObject(piece, inner) for inner in range(count)]
        found.update(pdfium.FPDFPageObj_GetType(each) for each in pieces)
        looked += len(pieces)
        if looked > _MOST_OBJECTS:
            break
    return found


def _without_text(gaps: Sequence[Gap]) -> str:
    for gap in gaps:
        if gap.reason.startswith(PICTURE_ONLY):
            told = gap.reason.removeprefix(f"{PICTURE_ONLY}; ")
            return f"its pages are pictures; {told} ({gap.place})"
    if any(gap.reason == "drawing only" for gap in gaps):
        return "its pages are drawings without text; run optical character recognition over it"
    return "it has no text, or none that can be read"


def _paragraphs(
    pages: Sequence[_Page], bookmarks: list[structure.Bookmark], title: str
) -> list[Paragraph]:
    """All paragraphs in order, joined across columns and pages, with headings marked.

    Running heads and hidden text of all pages come last. Between the pages they would part passages
    that continue on the next page.
    """
    body = _body_size(pages)
    found: list[Paragraph] = []
    around: list[Paragraph] = []
    unfinished: Paragraph | None = None
    running_of = running_lines([page.text for page in pages], body)
    for page, running in zip(pages, running_of, strict=True):
        debris = [line for index, line in enumerate(page.text.lines) if index in running]
        page.text.lines = [
            line for index, line in enumerate(page.text.lines) if index not in running
        ]
        blocks, hidden = arrange(page.text)
        for block in blocks:
            for paragraph in paragraphs(
                block, page.number, height=page.text.height, body=body, roles=page.roles
            ):
                if unfinished and unfinished.continued_by(paragraph):
                    unfinished.lines += paragraph.lines
                    unfinished.full = paragraph.full
                    continue
                found.append(paragraph)
                if paragraph.kind not in _PASSED_OVER:
                    unfinished = paragraph
        around += [
            Paragraph(BlockKind.DEBRIS, [(page.number, line)], line.size, line.bold)
            for line in [*debris, *hidden]
        ]
    if not found:  # what is repeated is all there is
        for paragraph in around:
            paragraph.kind = BlockKind.PROSE
    mark_headings(found, structure.bookmarks_by_page(bookmarks), body, title=title)
    return found + around


_PASSED_OVER = frozenset({BlockKind.NOTE, BlockKind.CAPTION, BlockKind.TABLE, BlockKind.DEBRIS})
"""Kinds that can stand between two halves of a paragraph."""


def _body_size(pages: Iterable[_Page]) -> float:
    """The font size of most of the text."""
    sizes: Counter[float] = Counter()
    for line in _lines(pages):
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0]


def _words(pages: Iterable[_Page]) -> frozenset[str]:
    return frozenset(word.lower() for line in _lines(pages) for word in _WORD.findall(line.text))


def _lines(pages: Iterable[_Page]) -> Iterable[Line]:
    return (line for page in pages for line in page.text.lines)
