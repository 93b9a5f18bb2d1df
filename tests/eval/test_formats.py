"""Gold is found in extracted text, and every file holds the paragraphs that it is made from."""

import zipfile
from pathlib import Path

import pytest

from eval.extraction.large import large_docx
from eval.formats import encodings
from eval.formats.__main__ import Figures, _files, table
from eval.formats.encodings import Told, observed, texts_of, told
from eval.formats.encodings import table as encodings_table
from eval.formats.placing import Extracted, Found
from eval.formats.writing import Article, is_settable, page_of, text_of
from eval.laboratory import Problem
from qa_eval import Document
from qa_index.records import Block, BlockKind, Parsed

PARAGRAPH = "The well-known ferry leaves at nine."
ARTICLES = [Article("Ferries & <boats>", (PARAGRAPH, "It returns at ten.")), Article("B", ("C.",))]


def extracted(text: str, debris: str = "") -> Extracted:
    """A text in which one piece is debris."""
    place = text.find(debris)
    prose, inner = BlockKind.PROSE, (place, place + len(debris))
    blocks = (
        (Block(prose, 0, place), Block(BlockKind.DEBRIS, *inner), Block(prose, inner[1], len(text)))
        if debris
        else (Block(prose, 0, len(text)),)
    )
    return Extracted(Parsed(text, "text/plain", "", blocks, (), ""))


class TestPlacing:
    @pytest.mark.parametrize(
        ("text", "how"),
        [
            (f"Before. {PARAGRAPH} After.", Found.VERBATIM),
            ("Before. The well-known ferry\nleaves  at nine. After.", Found.VERBATIM),
            ("Before. The well-known ferry leaves at nine.", Found.VERBATIM),
            ("Before. The wellknown ferry leaves at nine. After.", Found.SPACED),
            ("Before. The well-known fer- ry leaves at nine. After.", Found.SPACED),
            ("Before. The well-known ferry 4 leaves at nine. After.", Found.LOST),
            ("", Found.LOST),
        ],
    )
    def test_white_space_and_hyphens_do_not_hide_it(self, text: str, how: Found) -> None:
        found, spans = extracted(text).find(PARAGRAPH)
        assert found is how
        if how is Found.LOST:
            assert spans == ()
        else:
            [span] = spans
            quote = text[span.start : span.end]
            assert (quote[:3], quote[-5:]) == ("The", "nine.")

    def test_a_page_number_may_stand_within(self) -> None:
        text = "The well-known ferry\n\n17\n\nleaves at nine."
        how, [span] = extracted(text, debris="17").find(PARAGRAPH)
        assert (how, span) == (Found.CUT, (0, len(text)))
        assert extracted(text).find(PARAGRAPH) == (Found.LOST, ())

    def test_it_is_found_everywhere(self) -> None:
        text = f"{PARAGRAPH}\n\n{PARAGRAPH}"
        _, spans = extracted(text).find(PARAGRAPH)
        assert [text[span.start : span.end] for span in spans] == [PARAGRAPH, PARAGRAPH]


class TestWriting:
    def test_text_holds_every_paragraph(self) -> None:
        for article in ARTICLES:
            for part in (article.title, *article.paragraphs):
                assert f"{part}\n" in text_of(ARTICLES)

    def test_the_page_escapes_what_html_would_read(self) -> None:
        page = page_of(ARTICLES)
        assert "<h1>Ferries &amp; &lt;boats&gt;</h1>" in page
        assert page.count("<p>") == 3

    def test_letters_that_latex_lacks_are_known(self) -> None:
        assert is_settable("“naïve” – 9 €")
        assert not is_settable("α")

    def test_files_hold_whole_articles(self) -> None:
        articles = [[Document(f"{name}#{n}", name, "x") for n in range(3)] for name in "abcd"]
        assert _files(articles, 7) == [articles[:2], articles[2:]]
        assert _files(articles, 1) == [[each] for each in articles]


def test_the_table_compares_with_text() -> None:
    def figures(*values: float) -> Figures:
        by_question = {f"q{number}": value for number, value in enumerate(values)}
        return Figures(
            {"nDCG@10": by_question, "R@10": by_question}, 7, dict.fromkeys(Found, 2), ()
        )

    report = {"text": figures(1.0, 1.0), "HTML": figures(1.0, 0.5)}
    printed = table(report).splitlines()
    assert printed[2].startswith("| text | 1.0000 |")
    assert printed[3].startswith("| HTML | 0.7500 | -0.2500 | -0.5000 to +0.0000 | 0.7500 | 7 |")


def test_a_large_docx_repeats_the_body(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    body = '<w:p><w:bookmarkStart w:id="1" w:name="x"/><w:t>A.</w:t><w:bookmarkEnd w:id="1"/></w:p>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f"<w:d><w:body>{body}<w:sectPr/></w:body></w:d>")
        archive.writestr("word/styles.xml", "<w:styles/>")
    with zipfile.ZipFile(large_docx(path, 3, tmp_path / "b.docx")) as made:
        repeated = made.read("word/document.xml").decode()
        assert made.read("word/styles.xml") == b"<w:styles/>"
    wanted = "<w:p><w:t>A.</w:t></w:p>" * 3
    assert repeated == f"<w:d><w:body>{wanted}<w:sectPr/></w:body></w:d>"


class TestEncodings:
    def test_texts_are_told_from_their_bytes(self) -> None:
        right = [f"Der Mieter zahlt die Miete für das Gebäude im Monat {n}." for n in range(16)]
        kinds = texts_of(right)
        assert [len(texts) for texts in kinds.values()] == [2, 16, 16]
        found = told(kinds["paragraphs"], "cp850", language="de", kind="paragraphs")
        assert found == Told("de", "cp850", "paragraphs", 16, 16, 0, 0, 0)

    def test_what_is_doubted_and_what_is_wrong_are_counted_apart(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A text of plain ASCII is not counted."""
        names = ["Müller", "Miller"]
        found = told(names, "cp850", language="de", kind="names")
        assert found == Told("de", "cp850", "names", 1, 1, 1, 0, 0)
        monkeypatch.setattr(encodings, "decode", lambda _: ("Mller", "cp1252"))
        monkeypatch.setattr(encodings, "doubt", lambda *_: "")
        found = told(names, "cp850", language="de", kind="names")
        assert found == Told("de", "cp850", "names", 1, 0, 0, 0, 1)

    def test_what_is_refused_is_not_right(self) -> None:
        found = told(["図書館の本A"], "utf-16-le", language="ja", kind="names")
        assert found == Told("ja", "utf-16-le", "names", 1, 0, 0, 1, 0)

    def test_characters_that_a_code_page_lacks_are_left_out(self) -> None:
        text = "Договор аренды — на три года; залог равен двум платежам."
        found = told([text], "iso8859_5", language="ru", kind="paragraphs")
        assert (found.texts, found.right) == (1, 1)

    def test_the_table_has_a_row_for_each_code_page(self) -> None:
        found = [
            Told("ru", codec, kind, 9, 8, 1, 0, 0) for codec in ("a", "b") for kind in ("x", "y")
        ]
        assert encodings_table(found).splitlines()[2:] == [
            "| ru, a | 8 of 9 (1) | 8 of 9 (1) |",
            "| ru, b | 8 of 9 (1) | 8 of 9 (1) |",
        ]

    def test_a_set_without_a_language_is_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(Problem, match="does not end with a language; these are known: ar, "):
            list(observed(tmp_path / "squad2_half"))
