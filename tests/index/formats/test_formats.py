"""Which format parses which file, and how bytes are decoded."""

import codecs
import subprocess
import sys

import pytest

from qa_index import formats
from qa_index.formats import UnreadableSource, check_readable, choose, decode, format_of_name, parse
from qa_index.formats.decoding import REPLACED_UTF8
from qa_index.formats.structure.titles import readable


class TestChoice:
    @pytest.mark.parametrize(
        "name", ["a.txt", "a.TEXT", "a.log", "a.org", "README", "minutes.2024", "dir.d/NEWS"]
    )
    def test_plain_text(self, name: str) -> None:
        assert parse(b"Some text.", name=name).media_type == "text/plain"

    @pytest.mark.parametrize("name", ["a.md", "a.markdown", "b.MDOWN"])
    def test_markdown(self, name: str) -> None:
        assert parse(b"Some text.", name=name).media_type == "text/markdown"

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("b.DOC", r"Word 97 files are not read; save it as \.docx"),
            ("b.ppt", r"PowerPoint 97 files are not read; save it as \.pptx"),
        ],
    )
    def test_formats_of_before_2007_say_what_to_do(self, name: str, told: str) -> None:
        with pytest.raises(UnreadableSource, match=told):
            format_of_name(name)
        with pytest.raises(UnreadableSource, match=told):
            parse(b"%PDF-1.7 \0", name=name)

    def test_other_formats_are_named(self) -> None:
        with pytest.raises(UnreadableSource, match=r"\.png files are not read"):
            format_of_name("a.png")
        with pytest.raises(UnreadableSource, match=r"it is not text, and \.png files are not read"):
            choose("a.png", b"\x89PNG\r\n\x1a\n\0", named=True)

    @pytest.mark.parametrize("name", ["a.xyz", "page.dat", "b.png"])
    def test_whatever_is_named_is_read_if_it_is_text(self, name: str) -> None:
        assert choose(name, b"Some text.", named=True).name == "text"
        assert parse(b"Some text.", name=name).format == "text"

    @pytest.mark.parametrize(
        ("name", "format_"),
        [("a.py", "code"), ("b.YAML", "code"), ("c.csv", "table"), ("Dr. No", "text")],
    )
    def test_code_and_tables(self, name: str, format_: str) -> None:
        parsed = parse(b"one = 1\n\n\ntwo = 2\nthree = 3\n", name=name)
        assert parsed.format == format_
        assert parsed.version == formats.built_in()[format_].version
        if format_ == "code":
            assert [str(kind) for kind, _, _ in parsed.blocks] == ["code", "code"]

    @pytest.mark.parametrize("data", [b"%PDF-1.7\nHello", b"{\\rtf1 Hello}"])
    def test_first_bytes_overrule_the_name(self, data: bytes) -> None:
        with pytest.raises(UnreadableSource, match="rename it"):
            choose("a.txt", data)

    def test_importing_the_package_imports_no_parser(self) -> None:
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; import qa_index.formats;"
            "print(*sorted({'markdown_it', 'regex'} & sys.modules.keys()))"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert result.stdout.split() == []

    def test_everything_public_is_exported(self) -> None:
        assert all(hasattr(formats, name) for name in formats.__all__)


class TestDecoding:
    @pytest.mark.parametrize(
        ("mark", "codec", "encoding"),
        [
            (b"", "utf-8", "utf-8"),
            (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
            (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
            (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
            (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
            (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
        ],
    )
    def test_a_byte_order_mark_decides_and_is_left_out(
        self, mark: bytes, codec: str, encoding: str
    ) -> None:
        text = "Größe\r\n𝄞\u2028x\ufeff\r"
        data = mark + text.encode(codec)
        assert decode(data) == (text, encoding)
        assert data.decode(encoding) == text

    @pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
    def test_single_byte_encodings_are_the_last_resort(self, encoding: str) -> None:
        text = "Größe und Maß" + {"cp1252": " – 5 €", "latin-1": "\x81"}[encoding]
        assert decode(text.encode(encoding)) == (text, encoding)

    def test_a_stray_invalid_byte_does_not_garble_the_rest(self) -> None:
        text, encoding = decode("Привет, мир. ".encode() + b"\xff!")
        assert (text, encoding) == ("Привет, мир. \ufffd!", REPLACED_UTF8)

    @pytest.mark.parametrize(
        "data",
        [
            b"text\0text",
            bytes(range(1, 32)) * 10,
            codecs.BOM_UTF16_LE + b"\x00\xd8",  # a lone surrogate
            codecs.BOM_UTF8 + b"\xff",
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
            b"PK\x03\x04\x14\x00\x08\x08",
        ],
    )
    def test_binary_data_is_refused(self, data: bytes) -> None:
        with pytest.raises(UnreadableSource, match=r"^it"):
            decode(data)
        with pytest.raises(UnreadableSource, match=r"^it"):
            check_readable(data, name="a.txt")

    def test_coloured_logs_and_form_feeds_are_text(self) -> None:
        text = "\x1b[31mERROR\x1b[0m it failed\n\f\tNext page\v\n"
        assert decode(text.encode()) == (text, "utf-8")


@pytest.mark.parametrize(
    ("name", "title"),
    [("annual_report-2024.txt", "annual report 2024"), ("a/b/My%20File.md", "My File"),
     ("___.txt", "___.txt"), ("README", "README")],
)  # fmt: skip
def test_a_file_name_becomes_a_title(name: str, title: str) -> None:
    assert readable(name) == title
