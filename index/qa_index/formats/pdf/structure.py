"""What a file says of itself: outline, structure of tagged pages, labels, fields, attachments."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from qa_index.formats.pdf.paragraphs import Role
from qa_index.formats.pdf.pdfium import Box, Handle, address, raw, string
from qa_index.records import BlockKind

_MOST_BOOKMARKS = 20_000
_MOST_ELEMENTS = 20_000
"""Of the structure of one page."""
_DEEPEST = 60
_MOST_FIELDS = 2_000
"""Of one page."""
_MOST_ATTACHMENTS = 100
_KINDS = {
    "LI": BlockKind.LIST,
    "LBody": BlockKind.LIST,
    "Caption": BlockKind.CAPTION,
    "Note": BlockKind.NOTE,
    "FENote": BlockKind.NOTE,
    "Code": BlockKind.CODE,
}
_HEADING = re.compile(r"H([1-9]?)|Title")


class Bookmark(NamedTuple):
    """An entry of the outline."""

    page: int
    """From 1; 0 if it leads nowhere."""
    level: int
    title: str


class Field(NamedTuple):
    """A filled field of a form."""

    name: str
    value: str
    box: Box


def outline(document: Handle) -> list[Bookmark]:
    """The entries of the outline in order; loops in it are cut."""
    pdfium = raw()
    found: list[Bookmark] = []
    seen: set[int] = set()
    stack = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 1)]
    while stack and len(found) < _MOST_BOOKMARKS:
        bookmark, level = stack.pop()
        if not bookmark:
            continue
        key = address(bookmark)
        if key in seen:
            continue
        seen.add(key)
        target = pdfium.FPDFBookmark_GetDest(document, bookmark)
        page = pdfium.FPDFDest_GetDestPageIndex(document, target) if target else -1
        found.append(
            Bookmark(page + 1, level, string(pdfium.FPDFBookmark_GetTitle, bookmark).strip())
        )
        stack.append((pdfium.FPDFBookmark_GetNextSibling(document, bookmark), level))
        if level < _DEEPEST:
            stack.append((pdfium.FPDFBookmark_GetFirstChild(document, bookmark), level + 1))
    return found


def roles(page: Handle) -> dict[int, Role]:
    """The role of each piece of marked content on a tagged page."""
    pdfium = raw()
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return {}
    try:
        found: dict[int, Role] = {}
        count = pdfium.FPDF_StructTree_CountChildren(tree)
        stack = [
            (pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), Role(0, BlockKind.PROSE), 0)
            for index in range(min(max(count, 0), _MOST_ELEMENTS))
        ]
        elements = 0
        while stack and elements < _MOST_ELEMENTS:
            element, role, depth = stack.pop()
            if not element:
                continue
            elements += 1
            role = _role_of(string(pdfium.FPDF_StructElement_GetType, element), role, elements)
            if depth < _DEEPEST:
                for index in range(_most(pdfium.FPDF_StructElement_CountChildren(element))):
                    child = pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
                    if child:
                        stack.append((child, role, depth + 1))
                    else:  # -1 for marks on other pages, on which an element may begin or end
                        mark = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index)
                        if mark >= 0:
                            found.setdefault(mark, role)
        return found
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _most(count: int) -> int:
    return min(max(count, 0), _MOST_ELEMENTS)


_INLINE = {"Span", "Link", "Em", "Strong", "Sub", "Reference", "Quote", "LBody", "Lbl", "Annot"}


def _role_of(kind: str, parent: Role, element: int) -> Role:
    """The role of an element of this type within its parent."""
    if heading := _HEADING.fullmatch(kind):
        return Role(element, BlockKind.HEADING, int(heading[1] or 1))
    if kind in _INLINE and parent.element:
        return parent if kind != "LBody" else parent._replace(kind=BlockKind.LIST)
    if kind in _KINDS:
        return Role(element, _KINDS[kind])
    if parent.kind is not BlockKind.PROSE:
        return parent
    return Role(element, BlockKind.PROSE)


def label(document: Handle, page: int) -> str:
    """The printed number of a page, counted from 1; empty if it has none or it is the number."""
    pdfium = raw()
    printed = " ".join(string(pdfium.FPDF_GetPageLabel, document, page - 1).split())
    return "" if printed == str(page) else printed


def fields(form: Handle | None, page: Handle) -> Iterator[Field]:
    """The filled fields of a page."""
    pdfium = raw()
    if form is None:
        return
    for index in range(min(max(pdfium.FPDFPage_GetAnnotCount(page), 0), _MOST_FIELDS)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
                found = _field(form, annotation)
                if found:
                    yield found
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _field(form: Handle, annotation: Handle) -> Field | None:
    pdfium = raw()
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        if not pdfium.FPDFAnnot_IsChecked(form, annotation):
            return None
        value = string(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation) or "✓"
    elif kind in (
        pdfium.FPDF_FORMFIELD_TEXTFIELD,
        pdfium.FPDF_FORMFIELD_COMBOBOX,
        pdfium.FPDF_FORMFIELD_LISTBOX,
    ):
        value = string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    else:
        return None
    box = pdfium.FS_RECTF()
    if not value.strip() or not pdfium.FPDFAnnot_GetRect(annotation, box):
        return None
    name = string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    name = name or string(pdfium.FPDFAnnot_GetFormFieldName, form, annotation)
    left, right = sorted((box.left, box.right))
    bottom, top = sorted((box.bottom, box.top))
    return Field(" ".join(name.split()), " ".join(value.split()), Box(left, bottom, right, top))


def attachments(document: Handle) -> list[str]:
    """Names of the files that are attached."""
    pdfium = raw()
    count = min(max(pdfium.FPDFDoc_GetAttachmentCount(document), 0), _MOST_ATTACHMENTS)
    found = []
    for index in range(count):
        attachment = pdfium.FPDFDoc_GetAttachment(document, index)
        if attachment:
            found.append(string(pdfium.FPDFAttachment_GetName, attachment))
    return found


def metadata(document: Handle, key: str) -> str:
    """An entry of the document's information, such as ``Title``."""
    return " ".join(string(raw().FPDF_GetMetaText, document, key.encode()).split())


def bookmarks_by_page(bookmarks: list[Bookmark]) -> dict[int, list[Bookmark]]:
    """The entries of the outline by the page that they lead to."""
    found: defaultdict[int, list[Bookmark]] = defaultdict(list)
    for bookmark in bookmarks:
        if bookmark.page and bookmark.title:
            found[bookmark.page].append(bookmark)
    return found
