"""PDF: pages that are pictures of text. The same pages as text say what has to come out."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from qa_index.formats import PicturesOnly, UnreadableSource
from qa_index.formats.ocr import Recogniser, installed
from qa_index.formats.pdf import FORMAT, locate_pdf, parse_pdf
from qa_index.records import BlockKind, Gap, Parsed, Rectangle, Span
from tests.support.pdfs import mixed, pages_of, scan_of
from tests.support.tesseract import fake_tesseract, hocr, needs_tesseract

BEES = [
    "Bees have kept the people of this valley busy",
    "since the first hives were brought up the river",
    "in the spring of the year 1874. The honey is dark",
    "and tastes of heather.",
]
WAX = [
    "Wax is sold to the candle makers of the town,",
    "who pay for it by weight in the first week of",
    "October, when the market is held.",
]
TEXT = pages_of(
    [(12, 40, 520 - 16 * n, line) for n, line in enumerate(BEES)]
    + [(12, 40, 420 - 16 * n, line) for n, line in enumerate(WAX)]
)
ENGLISH = Recogniser("9.1", "eng")


def picture(data: bytes = TEXT, *, turned: int = 0) -> bytes:
    """The first page as a picture, turned counter-clockwise by some degrees."""
    file = io.BytesIO()
    drawn = FORMAT.render(data, 1, [], dots_per_inch=150) if FORMAT.render else b""
    Image.open(io.BytesIO(drawn)).rotate(turned, expand=True).save(file, "PNG")
    return file.getvalue()


def real() -> Recogniser:
    found = installed()
    assert found is not None
    return Recogniser(found.version, "eng")


def paragraphs(parsed: Parsed) -> list[str]:
    return [parsed.text[block.start : block.end] for block in parsed.blocks]


def place_of(data: bytes, parsed: Parsed, words: str, by: Recogniser | None) -> Rectangle:
    at = parsed.text.index(words)
    [[found]] = locate_pdf(data, parsed, [Span(at, at + len(words))], recogniser=by)
    assert isinstance(found, Rectangle)
    return found


@needs_tesseract
class TestRecognised:
    def test_the_text_is_that_of_the_page_as_text(self) -> None:
        parsed = parse_pdf(scan_of(picture()), name="a.pdf", recogniser=real())
        assert paragraphs(parsed) == [" ".join(BEES), " ".join(WAX)]
        assert parsed.gaps == ()
        assert (parsed.pictures, parsed.recognition) == (1, str(real()))
        assert [unit.recognised for unit in parsed.units] == [True]

    @pytest.mark.parametrize("words", ["honey", "makers of the town,", "spring of the year"])
    def test_words_are_where_they_are_on_the_page_as_text(self, words: str) -> None:
        scan = scan_of(picture())
        as_text = place_of(TEXT, parse_pdf(TEXT, name="a.pdf"), words, None)
        found = place_of(scan, parse_pdf(scan, name="a.pdf", recogniser=real()), words, real())
        # A character's box is as high as the font, a word's as its letters.
        assert found.x0 == pytest.approx(as_text.x0, abs=2)
        assert found.x1 == pytest.approx(as_text.x1, abs=2)
        assert as_text.y0 - 2 < found.y0 < found.y1 < as_text.y1 + 2

    @pytest.mark.parametrize("turned", [90, 180, 270])
    def test_a_page_that_was_scanned_on_its_side(self, turned: int) -> None:
        scan = scan_of(picture(turned=turned))
        parsed = parse_pdf(scan, name="a.pdf", recogniser=real())
        assert paragraphs(parsed) == [" ".join(BEES), " ".join(WAX)]
        found = place_of(scan, parsed, "honey", real())
        wide, high = found.x1 - found.x0, found.y1 - found.y0
        assert (wide > high) == (turned == 180)

    def test_a_page_that_the_file_turns(self) -> None:
        scan = scan_of(picture(turned=90), page=b"/Rotate 90")
        parsed = parse_pdf(scan, name="a.pdf", recogniser=real())
        assert paragraphs(parsed) == [" ".join(BEES), " ".join(WAX)]
        found = place_of(scan, parsed, "honey", real())
        assert found.y1 - found.y0 > found.x1 - found.x0

    def test_columns_are_read_one_after_the_other(self) -> None:
        columns = [(9, 30, 500 - 13 * n, line) for n, line in enumerate(BEES * 2)]
        columns += [(9, 240, 500 - 13 * n, line[:38]) for n, line in enumerate(WAX * 3)]
        scan = scan_of(picture(pages_of(columns)))
        text = parse_pdf(scan, name="a.pdf", recogniser=real()).text
        assert text.rindex("heather") < text.index("candle makers")

    def test_a_picture_without_letters(self) -> None:
        file = io.BytesIO()
        Image.linear_gradient("L").save(file, "PNG")
        with pytest.raises(UnreadableSource, match=r"^its pages are pictures; .*\(page 1\)$"):
            parse_pdf(scan_of(file.getvalue()), name="a.pdf", recogniser=real())


class TestOutcomes:
    """With made-up recognition."""

    def parsed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, does: str = "", answer: str = ""
    ) -> Parsed:
        fake_tesseract(tmp_path, monkeypatch, recognises=answer, does=does)
        file = mixed()
        return parse_pdf(file, name="a.pdf", recogniser=ENGLISH)

    def test_only_pages_without_text_are_recognised(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parsed = self.parsed(tmp_path, monkeypatch, answer=hocr("Seen on a picture."))
        assert parsed.text == "Written words.\n\nSeen on a picture."
        assert [(unit.number, unit.recognised) for unit in parsed.units] == [(1, False), (2, True)]
        assert (parsed.pictures, parsed.gaps) == (1, ())

    def test_poor_recognition_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parsed = self.parsed(tmp_path, monkeypatch, answer=hocr("Seen dimly.", confidence=60))
        assert parsed.text.endswith("Seen dimly.")
        assert parsed.gaps == (Gap("page 2", "recognised poorly, so the text may be wrong"),)

    def test_useless_recognition_is_not_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parsed = self.parsed(tmp_path, monkeypatch, answer=hocr("HRA FARRE", confidence=37))
        assert parsed.text == "Written words."
        [gap] = parsed.gaps
        assert gap.reason.startswith("picture only; what was recognised makes no sense")
        assert parsed.recognition == "tesseract 9.1 eng"

    def test_a_page_of_many_kilometres(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch)
        size = b"/MediaBox[0 0 9000000 9000000]"
        file = re.sub(rb"/MediaBox\[[^]]*\]", size, scan_of(picture()))
        with pytest.raises(UnreadableSource, match="too large"):
            parse_pdf(file, name="a.pdf", recogniser=ENGLISH)

    def test_a_failure_costs_one_page(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parsed = self.parsed(tmp_path, monkeypatch, does="exit 1")
        assert parsed.text == "Written words."
        assert parsed.gaps == (Gap("page 2", "picture only; tesseract failed (exit code 1)"),)

    def test_wide_gaps_part_the_cells_of_a_table(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = hocr("Hive Weight", "North 12", "South 9", "East 10")
        for word in ("Weight", "12", "9", "10"):
            moved = re.compile(rf"bbox \d+ (\d+) \d+ (\d+)(; x_wconf 95'>{word}<)")
            answer = moved.sub(r"bbox 600 \1 700 \2\3", answer)
        parsed = self.parsed(tmp_path, monkeypatch, answer=answer)
        assert parsed.text.endswith("Hive\tWeight\nNorth\t12\nSouth\t9\nEast\t10")
        assert parsed.blocks[-1].kind is BlockKind.TABLE

    def test_scripts_without_spaces_are_put_together(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parsed = self.parsed(tmp_path, monkeypatch, answer=hocr("公司 总部 in 北京"))
        assert parsed.text.endswith("公司总部 in 北京")

    def test_without_a_recogniser_pictures_are_counted(self) -> None:
        parsed = parse_pdf(mixed(), name="a.pdf")
        assert (parsed.pictures, parsed.recognition) == (1, "")
        assert parsed.gaps == (Gap("page 2", "picture only"),)
        with pytest.raises(PicturesOnly) as caught:
            parse_pdf(scan_of(picture(), picture()), name="a.pdf")
        assert caught.value.pages == 2
