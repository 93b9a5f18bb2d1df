"""reStructuredText, LaTeX, subtitles and logs: the structure that they mark."""

import pytest

from qa_index.formats.latex import parse_latex
from qa_index.formats.log import parse_log
from qa_index.formats.restructured import parse_restructured
from qa_index.formats.subtitles import parse_subtitles
from qa_index.records import Parsed


def kinds_of(parsed: Parsed) -> list[tuple[str, str]]:
    return [(kind.value, parsed.text[start:end]) for kind, start, end in parsed.blocks]


class TestRestructured:
    def test_levels_follow_the_order_of_styles(self) -> None:
        text = "=====\nTitle\n=====\n\nOne\n===\n\nTwo\n---\n\nThree\n=====\nText.\n"
        parsed = parse_restructured(text.encode(), name="a.rst")
        assert [(each.level, each.title) for each in parsed.headings] == [
            (1, "Title"),
            (2, "One"),
            (3, "Two"),
            (2, "Three"),
        ]
        assert parsed.title == "Title"

    def test_directives_literals_comments_and_tables(self) -> None:
        text = (
            ".. a comment\n   goes on\n\n:author: Ann\n\n.. code-block:: python\n   :linenos:\n\n"
            "   x = 1\n\n   y = 2\n\n.. note::\n\n   Text of a note.\n\nLike this::\n\n"
            "  literal\n\n"
            "- item\n- item two\n\n=====  ===\nA      B\n=====  ===\nx      1\n=====  ===\n\n"
            "+---+---+\n| A | B |\n+===+===+\n| x | 1 |\n+---+---+\n\n.. [1] A footnote.\n"
        )
        parsed = parse_restructured(text.encode(), name="a.rst")
        assert kinds_of(parsed) == [
            ("metadata", ".. a comment\n   goes on"),
            ("metadata", ":author: Ann"),
            ("metadata", ".. code-block:: python\n   :linenos:"),
            ("code", "   x = 1\n\n   y = 2"),
            ("metadata", ".. note::"),
            ("prose", "   Text of a note."),
            ("prose", "Like this::"),
            ("code", "  literal"),
            ("list", "- item"),
            ("list", "- item two"),
            ("table", "=====  ===\nA      B\n=====  ===\nx      1\n=====  ==="),
            ("table", "+---+---+\n| A | B |\n+===+===+\n| x | 1 |\n+---+---+"),
            ("note", ".. [1] A footnote."),
        ]
        assert [table.header_rows for table in parsed.tables] == [3, 3]


class TestLatex:
    def test_sections_environments_and_comments(self) -> None:
        text = (
            "\\documentclass{article}\n\\title{On \\emph{Rent}}\n\n\\begin{document}\n\\maketitle\n"
            "% a remark\n\\section{The \\textbf{first}} Text here.\nIt goes on.\n\n"
            "\\subsection*{Sums}\\label{sums}\n\\begin{equation}\na = b\n\n\\end{equation}\n"
            "\\begin{itemize}\n\\item One\n  more.\n\\item Two\n\\end{itemize}\n"
            "\\begin{tabular}{ll}\nA & B \\\\\n\\end{tabular}\n\\end{document}\n"
        )
        parsed = parse_latex(text.encode(), name="a.tex")
        assert parsed.title == "On Rent"
        assert [(each.level, each.title) for each in parsed.headings] == [
            (1, "The first"),
            (2, "Sums"),
        ]
        found = kinds_of(parsed)
        assert found[0][0] == "metadata"
        assert found[0][1].startswith("\\documentclass{article}")
        assert ("heading", "\\section{The \\textbf{first}}") in found
        assert ("prose", " Text here.\nIt goes on.") in found
        assert ("code", "\\begin{equation}\na = b\n\n\\end{equation}") in found
        assert ("list", "\\item One\n  more.") in found
        assert ("list", "\\item Two") in found
        assert ("table", "\\begin{tabular}{ll}\nA & B \\\\\n\\end{tabular}") in found

    def test_an_environment_that_never_ends(self) -> None:
        parsed = parse_latex(b"\\begin{verbatim}\na\n\nb", name="a.tex")
        assert kinds_of(parsed) == [("code", "\\begin{verbatim}\na\n\nb")]


class TestSubtitles:
    def test_words_are_told_from_times(self) -> None:
        text = (
            "WEBVTT - a film\n\n1\n00:00:01.000 --> 00:00:02.000\nWho\ncame?\n\n"
            "00:03.000 --> 00:04.000\nNobody.\n\nNOTE checked\n"
        )
        parsed = parse_subtitles(text.encode(), name="a.vtt")
        assert kinds_of(parsed) == [
            ("metadata", "WEBVTT - a film"),
            ("code", "1\n00:00:01.000 --> 00:00:02.000"),
            ("prose", "Who\ncame?"),
            ("code", "00:03.000 --> 00:04.000"),
            ("prose", "Nobody."),
            ("metadata", "NOTE checked"),
        ]


class TestLogs:
    @pytest.mark.parametrize(
        "stamp",
        [
            "2024-05-01 10:00:00,123 ERROR",
            "2024-05-01T10:00:00Z",
            "[10:00:00]",
            "May  1 10:00:00 host",
            "WARNING:root:",
            '127.0.0.1 - - [01/May/2024:10:00:00 +0000] "GET /"',
        ],
    )
    def test_an_entry_keeps_the_lines_that_continue_it(self, stamp: str) -> None:
        first = f"{stamp} failed\nTraceback:\n  File a\n\nValueError: b"
        parsed = parse_log(f"{first}\n{stamp} fine\n".encode(), name="a.log")
        assert kinds_of(parsed) == [("code", first), ("code", f"{stamp} fine")]

    def test_notes_that_are_called_a_log_are_text(self) -> None:
        parsed = parse_log(b"We sailed at dawn. The wind was good.", name="ship.log")
        assert kinds_of(parsed) == [("prose", "We sailed at dawn. The wind was good.")]
