"""RTF: real files, and what word processors write."""

import time
from pathlib import Path

import pytest

from qa_index.formats import UnreadableSource
from qa_index.formats.rtf import parse_rtf
from qa_index.records import BlockKind

FIXTURES = Path(__file__).parents[2] / "fixtures"


def blocks_of(body: str) -> list[tuple[BlockKind, str]]:
    parsed = parse_rtf(b"{\\rtf1\\ansi " + body.encode("latin-1") + b"}", name="a.rtf")
    return [(kind, parsed.text[start:end]) for kind, start, end in parsed.blocks]


def text_of(body: str) -> str:
    return "\n\n".join(text for _, text in blocks_of(body))


class TestRealFiles:
    def test_headings_and_tables(self) -> None:
        parsed = parse_rtf((FIXTURES / "extraction_test.rtf").read_bytes(), name="a.rtf")
        assert parsed.title == "Comprehensive Extraction Test Document"
        levels = [(heading.level, heading.title) for heading in parsed.headings]
        assert levels[:4] == [
            (1, "Comprehensive Extraction Test Document"),
            (2, "First Section"),
            (3, "Subsection 1.1"),
            (2, "Second Section"),
        ]
        tables = [parsed.text[start:end] for start, end, _ in parsed.tables]
        assert tables[1] == (
            "Product\tPrice\tQuantity\nApple\t$1.00\t10\nBanana\t$0.50\t20\nOrange\t$0.75\t15"
        )
        assert [table.header_rows for table in parsed.tables] == [1, 1]

    def test_a_table_alone(self) -> None:
        parsed = parse_rtf((FIXTURES / "table_error_codes.rtf").read_bytes(), name="a.rtf")
        assert parsed.text.startswith("Code\tError\n3\tPandocFailOnWarningError\n")
        assert [block.kind for block in parsed.blocks] == [BlockKind.TABLE]


class TestText:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (r"caf\'e9\par", "café"),
            (r"{\fonttbl{\f0\fcharset204 A;}{\f1\fcharset0 B;}}\f0 \'cf\'f0\f1 \'e9", "Прé"),
            (r"{\fonttbl{\f0\fcharset128 A;}}\f0\'93\'fa", "日"),
            (r"\u8364?5 \uc0\u8364 6", "€5 €6"),
            (r"\uc1\u-10179?\u-8704?!", "😀!"),
            (r"a\~b\emdash c\line d\{e\}\\", "a\xa0b—c\nd{e}\\"),
            (r"{\field{\*\fldinst HYPERLINK http://x}{\fldrslt the link}}", "the link"),
            (r"{\*\unknown lost}{\pict 0123abc}kept", "kept"),
            (r"\pict\bin3 }}}{\b kept}", ""),
            (r"{\pict\bin3 }}}}kept", "kept"),
            (r"{\upr{old}{\*\ud new}}", "new"),
            (r"{\deleted gone}stays{\v hidden}", "stayshidden"),
        ],
    )
    def test_what_is_shown(self, body: str, text: str) -> None:
        if text:
            assert text_of(body) == text
        else:
            with pytest.raises(UnreadableSource, match="no text"):
                blocks_of(body)

    def test_notes_follow_their_paragraph_and_running_heads_come_last(self) -> None:
        body = r"{\header Page}One{\footnote A note.} goes on.\par Two.\par"
        assert blocks_of(body) == [
            (BlockKind.PROSE, "One goes on."),
            (BlockKind.NOTE, "A note."),
            (BlockKind.PROSE, "Two."),
            (BlockKind.DEBRIS, "Page"),
        ]

    def test_headings_by_style(self) -> None:
        body = r"{\stylesheet{\s0 Normal;}{\s3\b heading 2;}}\pard\s3 Rent\par\pard It is due.\par"
        assert blocks_of(body) == [(BlockKind.HEADING, "Rent"), (BlockKind.PROSE, "It is due.")]

    def test_rows_without_text_are_left_out(self) -> None:
        empty = r"\intbl\cell\cell\row"
        rows = rf"{empty}\intbl Team\cell Cups\cell\row{empty}\intbl Blues\cell 1\cell\row"
        assert text_of(rows) == "Team\tCups\nBlues\t1"

    def test_paragraphs_within_a_cell_stay_in_it(self) -> None:
        body = r"\trowd\pard\intbl a\par b\cell c\cell\row\pard after\par"
        assert blocks_of(body)[0] == (BlockKind.TABLE, "a b\tc")

    @pytest.mark.parametrize("data", [b"{\\rtf1 }", b"plain", b"{\\rtf1 " + b"}" * 50])
    def test_files_without_text_are_refused(self, data: bytes) -> None:
        with pytest.raises(UnreadableSource):
            parse_rtf(data, name="a.rtf")

    @pytest.mark.parametrize("part", ["{", r"{\field{\*\fldinst{", r"{\footnote a}", r"\'e9"])
    def test_time_is_linear(self, part: str) -> None:
        def seconds(count: int) -> float:
            began = time.process_time()
            parse_rtf(b"{\\rtf1 x\\par " + part.encode() * count, name="a.rtf")
            return time.process_time() - began

        seconds(1000)
        # Quadratic time would take 16 times as long each time; other work may delay one.
        assert any(seconds(40_000) < 12 * max(seconds(10_000), 0.01) for _ in range(3))
