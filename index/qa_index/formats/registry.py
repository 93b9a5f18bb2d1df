"""Chooses the format of a file by its name and its first bytes.

Other packages add formats with entry points of the group ``grounded_qa.formats``. An entry point is
named after a suffix without its dot and refers to a ``Format``, for example for ``.pdf`` and
``.ps``:

    [project.entry-points."grounded_qa.formats"]
    pdf = "their_package:FORMAT"
    ps = "their_package:FORMAT"

They are looked up only for suffixes that no built-in format has.
"""

import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

from qa_index.formats.decoding import HEAD_BYTES, UnreadableSource, decode, doubt
from qa_index.formats.format import Format
from qa_index.formats.structure.titles import tidy
from qa_index.records import Gap, Parsed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "grounded_qa.formats"

_MODULES = (
    "plain",
    "markdown",
    "code",
    "table",
    "json_lines",
    "restructured",
    "latex",
    "subtitles",
    "log",
    "html",
    "mhtml",
    "epub",
    "pdf",
    "office.docx",
    "office.pptx",
    "office.odt",
    "office.odp",
    "sheet",
    "rtf",
    "mail",
)
"""Each holds a ``FORMAT``."""
_FALLBACK = "text"
"""The format of names that say nothing."""
_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|html)[\s>]", re.IGNORECASE
)
"""How a page begins that was saved under such a name."""

_REPLACED = {".doc": ("Word 97", ".docx"), ".ppt": ("PowerPoint 97", ".pptx")}
"""Formats of before Office 2007, and what to save them as."""


@cache
def built_in() -> dict[str, Format]:
    """The formats of this package, by name."""
    formats = [import_module(f"qa_index.formats.{module}").FORMAT for module in _MODULES]
    return {each.name: each for each in formats}


def format_of_name(name: str, *, named: bool = False) -> Format:
    """The format for this file name. No file is opened.

    ``named`` means that a person named the file; if its suffix is unknown, it then counts as text.
    Raises ``UnreadableSource`` with the reason if there is no such format.
    """
    suffix = _suffix(name)
    found = _by_suffix().get(suffix) or _added(suffix)
    if found is not None:
        return found
    if named:
        return built_in()[_FALLBACK]
    raise UnreadableSource(_not_read(suffix))


def format_called(name: str) -> Format:
    """The format with this name, of this package or another one.

    Raises ``UnreadableSource`` if there is none.
    """
    if name in built_in():
        return built_in()[name]
    for suffix in sorted(_entry_points()):
        try:
            found = _added(suffix)
        except UnreadableSource:
            continue
        if found is not None and found.name == name:
            return found
    raise UnreadableSource(f"the format {name} is not installed")


def choose(name: str, head: bytes, *, named: bool = False) -> Format:
    """The format of a file by its name and its first ``HEAD_BYTES`` bytes, or all if fewer.

    Raises ``UnreadableSource`` with the reason if there is none.
    """
    found = format_of_name(name, named=named)
    says_nothing = found.name == _FALLBACK and _suffix(name) not in found.suffixes - {""}
    if says_nothing and _PAGE.match(head):
        found = built_in()["html"]
    try:
        found.check(head)
    except UnreadableSource:
        suffix = _suffix(name)
        if suffix in found.suffixes:
            raise
        raise UnreadableSource(_not_read(suffix, named=True)) from None
    return found


def parse(data: bytes, *, name: str) -> Parsed:
    """Text and structure of a file, whatever its suffix.

    Raises ``UnreadableSource``.
    """
    found = choose(name, data[:HEAD_BYTES], named=True)
    try:
        parsed = found.parse(data, name=name)
    except UnreadableSource:
        raise
    except Exception as error:
        if found in built_in().values():
            raise
        # Of another package: one file that it cannot parse must not stop a build.
        told = " ".join(str(error).split()) or type(error).__name__
        raise UnreadableSource(f"the format {found.name} failed on it ({told})") from error
    told = doubt(data, parsed.encoding) if found.is_text else ""
    gaps = (*parsed.gaps, Gap("the text", told)) if told else parsed.gaps
    return replace(parsed, format=found.name, version=found.version, gaps=gaps)


def check_readable(data: bytes, *, name: str) -> Format:
    """The format of a file, without parsing its structure.

    For text formats, raises ``UnreadableSource`` whenever ``parse`` would.
    """
    found = choose(name, data[:HEAD_BYTES], named=True)
    if found.is_text:
        decode(data)
    return found


@cache
def _by_suffix() -> dict[str, Format]:
    return {suffix: each for each in built_in().values() for suffix in each.suffixes}


def _suffix(name: str) -> str:
    suffix = PurePath(name).suffix.lower()
    # "minutes.2024" and "Dr. No" end with a number or words, not with a suffix.
    return "" if suffix[1:].isdigit() or " " in suffix else suffix


def _not_read(suffix: str, *, named: bool = False) -> str:
    if suffix in _REPLACED:
        kind, better = _REPLACED[suffix]
        return f"{kind} files are not read; save it as {better}"
    if named:
        return f"it is not text, and {suffix} files are not read; convert it to PDF or text"
    return f"{suffix} files are not read; name the file itself if it is text"


@cache
def _entry_points() -> "dict[str, EntryPoint]":
    from importlib.metadata import entry_points  # slow to import, and hardly ever needed

    # Sorted, so that the choice between two packages does not depend on the file system.
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.value, reverse=True)
    return {f".{each.name.lower()}": each for each in found}


@cache
def _added(suffix: str) -> Format | None:
    """The format of another package for this suffix."""
    entry_point = _entry_points().get(suffix)
    if entry_point is None:
        return None
    try:
        found = entry_point.load()
    except Exception as error:  # a foreign package can raise anything
        raise UnreadableSource(
            f"the format {entry_point.value} cannot be loaded: {tidy(str(error))}; "
            "install its package again"
        ) from error
    if not isinstance(found, Format):
        raise UnreadableSource(f"{entry_point.value} is no Format; install its package again")
    return found
