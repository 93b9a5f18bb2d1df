"""RTF: paragraphs, headings by outline level, tables, notes and lists.

Control words are taken from the specification 1.9.1 of Microsoft. Those that
change the text are interpreted, those that change its look are not. One pass over the file, however
deep its groups are nested.
"""

import codecs
import re
from dataclasses import dataclass, field, replace

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.extracted import Extracted
from qa_index.formats.format import Format
from qa_index.formats.structure.looks import headings_by_look
from qa_index.formats.structure.metadata import separated, stated
from qa_index.formats.structure.titles import is_headline, tidy, title_of
from qa_index.records import BlockKind, Gap, Parsed

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?"
    r"|\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<symbol>.)|(?P<brace>[{}])|[\r\n]+"
    r"|(?P<plain>[^\\{}\r\n]+)|.",
    re.DOTALL,
)
_SIGNATURE = b"{\\rtf"

_SKIPPED_WORDS = (
    "fonttbl colortbl stylesheet info pict object fldinst nonshppict upr tc xe rxe bkmkstart "
    "bkmkend filetbl revtbl listtable listoverridetable rsidtbl generator datafield private "
    "nonesttables mmathPr themedata ftnsep ftnsepc aftnsep aftnsepc atnid atnauthor"
)
_SKIPPED = frozenset(_SKIPPED_WORDS.split())
"""Groups that begin with such a word hold no text of the document."""
_RUNNING = "header headerl headerr headerf footer footerl footerr footerf"
_STREAMS = {
    **dict.fromkeys(["footnote", "annotation"], BlockKind.NOTE),
    **dict.fromkeys(_RUNNING.split(), BlockKind.DEBRIS),
    "shptxt": BlockKind.PROSE,
}
"""Groups that begin with such a word hold text that stands elsewhere on the page."""
_SHOWN = frozenset({"ud", "result", "fldrslt", "listtext", "pntext"})
"""Groups that hold text even inside groups that are skipped."""
_CHARACTERS = {
    "line": "\n", "lbr": "\n", "tab": "\t", "emdash": "—", "endash": "–", "emspace": "\u2003",
    "enspace": "\u2002", "qmspace": "\u2005", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "zwj": "\u200d", "zwnj": "\u200c", "nestcell": " ",
    "nestrow": " ",
}  # fmt: skip
_SYMBOLS = {"~": "\xa0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\", "\t": "\t"}
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_INFO = ("title", "keywords", "category", "creatim", "revtim")
"""Groups of the document's properties that are read."""
_TIMES = {"yr": 4, "mo": 2, "dy": 2}
"""Parts of a time that make a date, with their digits."""
_HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
_BODY_LEVEL = 9


@dataclass(slots=True)
class _State:
    """What a group inherits and its end restores."""

    skipped: bool = False
    deleted: bool = False
    stream: "_Stream | None" = None
    codec: str = ""
    unicode_skip: int = 1
    in_table: bool = False
    outline: int | None = None
    style: int = 0
    table_of: str = ""
    """``fonttbl``, ``stylesheet`` or one of ``_INFO`` while inside that group."""


@dataclass(slots=True)
class _Stream:
    """Text that is collected: the body, a note, a running head."""

    kind: BlockKind
    parts: list[str] = field(default_factory=list)
    is_item: bool = False
    cells: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts.clear()
        return text


class _Parser:
    """One pass over a file."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.out = Extracted()
        self.body = _Stream(BlockKind.PROSE)
        self.state = _State(stream=self.body)
        self.stack: list[_State] = []
        self.later: list[tuple[BlockKind, str]] = []
        """Notes of the current paragraph, and running heads."""
        self.default_codec = "cp1252"
        self.fonts: dict[int, str] = {}
        self.outlines: dict[int, int] = {}
        self.info: dict[str, list[str]] = {name: [] for name in _INFO}
        self.pictures = 0
        self._bytes = bytearray()
        self._font = 0
        self._name: list[str] = []
        self._starred = False
        self._to_skip = 0

    def parse(self) -> None:
        at, end = 0, len(self.source)
        while at < end:
            token = _TOKEN.match(self.source, at)
            at = token.end()  # type: ignore[union-attr]  # always matches
            group = token.lastgroup  # type: ignore[union-attr]
            if group == "plain":
                self._plain(token["plain"])  # type: ignore[index]
            elif group == "byte":
                self._byte(int(token["byte"], 16))  # type: ignore[index]
            elif group == "brace":
                self._brace(token["brace"])  # type: ignore[index]
                if not self.stack:
                    break
            elif group == "symbol":
                self._symbol(token["symbol"])  # type: ignore[index]
            elif group is not None:
                number = token["number"]  # type: ignore[index]
                value = int(number) if number else None
                if token["word"] == "bin":  # type: ignore[index]
                    at += max(value or 0, 0)
                else:
                    self._word(token["word"], value)  # type: ignore[index]
        self._flush()
        while self.stack:
            self._close()
        self._paragraph(self.body)
        self._table(self.body)
        self._notes(final=True)

    def _plain(self, text: str) -> None:
        self._starred = False
        if self._to_skip:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            text = text[skipped:]
        self._bytes += text.encode("latin-1")

    def _byte(self, value: int) -> None:
        if self._to_skip:
            self._to_skip -= 1
        else:
            self._bytes.append(value)

    def _brace(self, brace: str) -> None:
        self._flush()
        self._to_skip = 0
        self._starred = False
        if brace == "{":
            self.stack.append(self.state)
            self.state = replace(self.state)
        elif self.stack:
            self._close()

    def _close(self) -> None:
        inner, self.state = self.state, self.stack.pop()
        if inner.table_of == "stylesheet" and self._name:
            named = _HEADING_STYLE.match("".join(self._name).strip())
            if inner.outline is not None or named:
                level = inner.outline if inner.outline is not None else int(named[1]) - 1  # type: ignore[index]
                self.outlines.setdefault(inner.style, level)
            self._name.clear()
        stream = inner.stream
        if stream is not None and stream is not self.state.stream:
            self._paragraph(stream)
            self._table(stream)

    def _symbol(self, symbol: str) -> None:
        self._flush()
        self._to_skip = 0
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._end_paragraph()
        elif symbol in _SYMBOLS:
            self._write(_SYMBOLS[symbol])

    def _word(self, word: str, number: int | None) -> None:
        self._flush()
        self._to_skip = 0
        starred, self._starred = self._starred, False
        state = self.state
        if word in ("fonttbl", "stylesheet", *_INFO):
            state.table_of = word
        if word in _STREAMS and (word == "shptxt" or not state.skipped):
            state.stream = _Stream(_STREAMS[word])
            state.skipped = False
            state.in_table = False
        elif word in _SHOWN:
            state.skipped = False
            if state.stream is not None and word in ("listtext", "pntext"):
                state.stream.is_item = True
        elif word in _SKIPPED or (starred and word not in _KNOWN_STARRED):
            self.pictures += word == "pict" and not state.skipped
            state.skipped = True
        else:
            self._property(word, number)

    def _property(self, word: str, number: int | None) -> None:
        state = self.state
        if word in ("par", "sect", "page", "column"):
            self._end_paragraph()
        elif word == "cell":
            self._cell()
        elif word == "row":
            self._row()
        elif word in _CHARACTERS:
            self._write(_CHARACTERS[word])
        elif word == "pard":
            state.in_table, state.outline, state.style = False, None, 0
        elif word == "intbl":
            state.in_table = True
        elif word == "outlinelevel":
            state.outline = number
        elif word == "s":
            state.style = number or 0
        elif word in _TIMES and state.table_of in _INFO:
            self.info[state.table_of].append(f"{number or 0:0{_TIMES[word]}}")
        elif word == "deleted":
            state.deleted = number != 0
        elif word == "plain":
            state.deleted = False
        elif word == "u" and number is not None:
            self._write(chr(number % 0x10000))
            self._to_skip = state.unicode_skip
        elif word == "uc":
            state.unicode_skip = max(number or 0, 0)
        else:
            self._encoding(word, number)

    def _encoding(self, word: str, number: int | None) -> None:
        if word == "ansicpg" and number is not None:
            self.default_codec = _codec(f"cp{number}", "cp1252")
        elif word in ("mac", "pc", "pca"):
            self.default_codec = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "f" and number is not None:
            self._font = number
            if self.state.table_of != "fonttbl":
                self.state.codec = self.fonts.get(number, "")
        elif word == "fcharset" and self.state.table_of == "fonttbl":
            self.fonts[self._font] = _CHARSETS.get(number or 0, "")

    def _flush(self) -> None:
        """Decode the bytes read since the last control word."""
        if self._bytes:
            text = self._bytes.decode(self.state.codec or self.default_codec, "replace")
            self._bytes.clear()
            self._write(text)

    def _write(self, text: str) -> None:
        state = self.state
        if state.table_of == "stylesheet":
            self._name.append(text)
        elif state.table_of in _INFO:
            self.info[state.table_of].append(text)
        elif not state.skipped and not state.deleted and state.stream is not None:
            state.stream.parts.append(text)

    def _end_paragraph(self) -> None:
        stream = self.state.stream
        if self.state.skipped or stream is None:
            return
        if self.state.in_table:
            stream.parts.append("\n")
        else:
            self._table(stream)
            self._paragraph(stream)

    def _cell(self) -> None:
        stream = self.state.stream
        if stream is not None and not self.state.skipped:
            stream.cells.append(_joined(stream.take()))
            stream.is_item = False

    def _row(self) -> None:
        stream = self.state.stream
        if stream is not None and stream.cells:
            stream.rows.append(stream.cells)
            stream.cells = []

    def _table(self, stream: _Stream) -> None:
        rows = [*stream.rows, stream.cells] if stream.cells else stream.rows
        stream.rows, stream.cells = [], []
        if not rows:
            return
        if stream.kind is BlockKind.PROSE:
            self.out.table(rows)
            self._notes()
        else:
            self.later += [(stream.kind, "\t".join(map(tidy, row))) for row in rows]

    def _paragraph(self, stream: _Stream) -> None:
        text = _joined(stream.take()).strip(" \n")
        is_item, stream.is_item = stream.is_item, False
        if not text or text.isspace():
            return
        if stream is not self.body:
            self.later.append((stream.kind, text))
            return
        state = self.state
        level = state.outline if state.outline is not None else self.outlines.get(state.style)
        if level is not None and 0 <= level < _BODY_LEVEL:
            self.out.heading(level + 1, text)
        else:
            self.out.add(BlockKind.LIST if is_item else BlockKind.PROSE, text)
        self._notes()

    def _notes(self, *, final: bool = False) -> None:
        """Write notes after the paragraph that they belong to, and running heads at the end."""
        kept: list[tuple[BlockKind, str]] = []
        for kind, text in self.later:
            if kind is BlockKind.DEBRIS and not final:
                kept.append((kind, text))
            else:
                self.out.add(kind, text)
        self.later = kept


_KNOWN_STARRED = frozenset({*_STREAMS, *_SHOWN})


def _joined(text: str) -> str:
    """The text with pairs of surrogates as one character; lone ones become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _codec(name: str, otherwise: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return otherwise


def parse_rtf(data: bytes, *, name: str) -> Parsed:
    """Parse RTF; raises ``UnreadableSource`` if it is not RTF or holds no text."""
    _check(data)
    parser = _Parser(data[data.index(_SIGNATURE) :].decode("latin-1"))
    parser.parse()
    out = parser.out
    if not out.blocks:
        raise UnreadableSource("it holds no text")
    text = out.text
    blocks, headings = out.blocks, out.headings
    if not headings:
        blocks, headings = headings_by_look(text, blocks)
    prose = [block for block in blocks if block.kind is not BlockKind.HEADING]
    info = {name: _joined("".join(parts)) for name, parts in parser.info.items()}
    given = tidy(info["title"])
    return Parsed(
        text=text,
        media_type="application/rtf",
        title=given
        if is_headline(given)
        else title_of(
            headings,
            text_starts=prose[0].start if prose else len(text),
            first_line="",
            name=name,
        ),
        blocks=tuple(blocks),
        headings=tuple(headings),
        encoding="",
        gaps=(Gap("pictures", f"{parser.pictures} not read"),) if parser.pictures else (),
        tables=tuple(out.tables),
        metadata=stated(
            (info["creatim"], info["revtim"]), separated(f"{info['keywords']},{info['category']}")
        ),
    )


def _check(head: bytes) -> None:
    if not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_SIGNATURE):
        raise UnreadableSource("it is not RTF")


FORMAT = Format(
    name="rtf",
    version=5,
    suffixes=frozenset({".rtf"}),
    parse=parse_rtf,
    check=_check,
    is_text=False,
)
