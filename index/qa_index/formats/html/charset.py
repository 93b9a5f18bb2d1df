"""Decodes a page as browsers do, by its mark, its declaration or its bytes."""

import codecs
import re

from qa_index.formats.decoding import UnreadableSource, decode, utf_16_of

_WIDE_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PRESCAN = 4096
"""Bytes in which a declaration is looked for. Browsers look at 1024; saved pages begin with
comments of the program that saved them."""
_DECLARED = re.compile(
    rb"<meta\b[^>]{0,300}?\bcharset\s*=\s*[\"']?\s*([\w.:-]+)"
    rb"|<\?xml\b[^>]{0,100}?\bencoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)

# Labels of the WHATWG whose codec is not the one that Python knows by that name.
_LABELS = {
    **dict.fromkeys(
        (
            "ascii",
            "us-ascii",
            "iso-8859-1",
            "iso8859-1",
            "iso_8859-1",
            "latin1",
            "latin-1",
            "l1",
            "x-cp1252",
            "x-user-defined",
        ),
        "cp1252",
    ),
    **dict.fromkeys(("iso-8859-9", "iso8859-9", "latin5", "l5", "x-cp1254"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620", "dos-874", "windows-874"), "cp874"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "gb_2312-80", "chinese", "csgb2312"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601", "korean"), "cp949"),
    **dict.fromkeys(("big5", "x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-8-i", "logical", "visual"), "iso-8859-8"),
    **dict.fromkeys(("x-mac-roman", "macintosh", "mac"), "mac-roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-euc-jp": "euc-jp",
    "koi": "koi8-r",
    "unicode-1-1-utf-8": "utf-8",
}
_SEVERAL_BYTES = frozenset({"gb18030", "cp932", "cp949", "big5hkscs", "euc_jp", "iso2022_jp"})
"""Codecs that refuse most text of another encoding."""


def decode_page(data: bytes) -> str:
    """The text of a page's bytes; invalid bytes become U+FFFD.

    A byte order mark decides, else the NUL bytes of UTF-16, else the encoding that the page
    declares, else what ``decode`` finds. Valid UTF-8 is taken for it whatever the page declares:
    servers and programs that save pages change the encoding and leave the declaration. Raises
    ``UnreadableSource`` if the page declares nothing and its bytes are not text.
    """
    if data.startswith(codecs.BOM_UTF8):
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    wide = utf_16_of_page(data)
    if wide is not None:
        return data.decode(wide, "replace").removeprefix("\ufeff")
    codec = _declared(data[:_PRESCAN])
    if codec in _SEVERAL_BYTES:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if codec and codec != "utf-8":
        return data.decode(codec, "replace")
    try:
        return decode(data)[0]
    except UnreadableSource:
        return data.decode("utf-8", "replace")  # a NUL among its characters, which browsers drop


def utf_16_of_page(data: bytes) -> str | None:
    """The codec of a page in UTF-16, by its mark or its NUL bytes; ``None`` for other data.

    The mark, if any, is the first character that the codec gives.
    """
    for mark, codec in _WIDE_MARKS:
        if data.startswith(mark):
            return codec
    return utf_16_of(data[:_PRESCAN])


def codec_of(label: str) -> str:
    """The codec of Python for an encoding label of a page; empty for an unknown one."""
    label = label.strip().lower()
    try:
        codec = codecs.lookup(_LABELS.get(label, label))
    except (LookupError, ValueError):
        return ""
    # A page whose ASCII declaration could be read is not in UTF-16. Codecs such as "hex" and
    # "rot13" are not encodings of text.
    if codec.name.startswith(("utf-16", "utf-32", "utf-7")):
        return "utf-8"
    return codec.name if codec._is_text_encoding else ""


def _declared(head: bytes) -> str:
    found = _DECLARED.search(head)
    return codec_of((found[1] or found[2]).decode("ascii", "replace")) if found else ""
