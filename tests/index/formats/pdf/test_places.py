"""PDF: where a quote stands on its page, and pictures of pages with it marked."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from qa_index.formats import UnreadableSource, parse
from qa_index.formats.pdf import FORMAT
from qa_index.records import Mark, MarkKind, Place, Rectangle, Span
from tests.support.pdfs import Text, pages_of

FIXTURES = Path(__file__).parents[3] / "fixtures"
WORDS: list[Text] = [(10, 100, 500, "Alpha"), (10, 100, 300, "Beta"), (10, 100, 100, "Alpha")]


def places_of(data: bytes, *quotes: str) -> list[tuple[Place, ...]]:
    parsed = parse(data, name="a.pdf")
    spans = []
    for quote in quotes:
        start = parsed.text.index(quote)
        spans.append(Span(start, start + len(quote)))
    assert FORMAT.locate is not None
    return FORMAT.locate(data, parsed, spans)


def only(data: bytes, quote: str) -> Rectangle:
    ((place,),) = places_of(data, quote)
    assert isinstance(place, Rectangle)
    return place


def picture(data: bytes, page: int, *marks: Mark) -> Image.Image:
    assert FORMAT.render is not None
    drawn = Image.open(io.BytesIO(FORMAT.render(data, page, marks, dots_per_inch=72)))
    return drawn.convert("RGB")


def coloured(image: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is not grey."""
    red, _, blue = image.split()
    found = ImageChops.subtract(red, blue).getbbox()
    assert found is not None
    return found


class TestLocate:
    def test_a_word_stands_where_it_is_drawn(self) -> None:
        place = only(pages_of(WORDS), "Beta")
        assert place.page == 1
        assert place.x0 == pytest.approx(100, abs=1)
        assert place.y0 < 300 < place.y1
        assert place.y1 - place.y0 < 15

    def test_part_of_a_word(self) -> None:
        data = pages_of(WORDS)
        whole, part = only(data, "Beta"), only(data, "ta")
        assert whole.x0 < part.x0 < part.x1 == whole.x1

    def test_equal_lines_are_told_apart(self) -> None:
        data = pages_of(WORDS)
        parsed = parse(data, name="a.pdf")
        second = parsed.text.rindex("Alpha")
        assert FORMAT.locate is not None
        ((place,),) = FORMAT.locate(data, parsed, [Span(second, second + 5)])
        assert isinstance(place, Rectangle)
        assert place.y0 < 100 < place.y1

    def test_one_rectangle_a_line_across_columns_and_pages(self) -> None:
        data = (FIXTURES / "bees.pdf").read_bytes()
        quote = "Whoever wants to catch it should have an empty box ready and need not be afraid"
        (places,) = places_of(data, quote)
        rectangles = [place for place in places if isinstance(place, Rectangle)]
        assert [each.page for each in rectangles] == [2, 2, 3, 3]
        assert all(each.x1 - each.x0 < 160 for each in rectangles)

    def test_a_word_with_a_hyphen_has_both_parts(self) -> None:
        (places,) = places_of((FIXTURES / "bees.pdf").read_bytes(), "efficient flow")
        assert len(places) == 2

    def test_every_block_of_every_fixture_is_found(self) -> None:
        for path in sorted(FIXTURES.glob("*.pdf")):
            data = path.read_bytes()
            if path.name == "password-protected.pdf":
                continue
            parsed = parse(data, name=path.name)
            assert FORMAT.locate is not None
            spans = [Span(block.start, block.end) for block in parsed.blocks]
            found = FORMAT.locate(data, parsed, spans)
            missing = [
                parsed.text[span.start : span.end]
                for span, places in zip(spans, found, strict=True)
                if not places
            ]
            assert missing == [], path.name

    @pytest.mark.parametrize("matrix", [b"1 0 0 1 100 500", b"0 1 -1 0 100 100"])
    def test_a_tall_symbol_does_not_make_its_line_taller(self, matrix: bytes) -> None:
        words = b"BT /F 10 Tf %b Tm (one two ) Tj /F 30 Tf (!) Tj /F 10 Tf ( three) Tj ET" % matrix
        data = pages_of(words)
        place = only(data, "two ! three")
        assert min(place.x1 - place.x0, place.y1 - place.y0) < 15

    def test_a_rotated_page_is_measured_unrotated(self) -> None:
        upright, turned = pages_of(WORDS), pages_of(WORDS, page=b"/Rotate 90")
        assert only(upright, "Beta") == only(turned, "Beta")

    def test_a_crop_box_does_not_move_the_origin(self) -> None:
        cropped = pages_of(WORDS, page=b"/CropBox[50 50 400 550]")
        assert only(cropped, "Beta") == only(pages_of(WORDS), "Beta")


class TestRender:
    @pytest.mark.parametrize("turned", [0, 90, 180, 270])
    def test_the_mark_covers_the_words(self, turned: int) -> None:
        data = pages_of(WORDS, page=b"/Rotate %d/CropBox[50 50 400 550]" % turned)
        place = only(data, "Beta")
        plain = picture(data, 1)
        marked = picture(data, 1, Mark(MarkKind.EVIDENCE, place))
        assert plain.size == ((350, 500) if turned in (0, 180) else (500, 350))
        left, top, right, bottom = coloured(marked)
        darkest = plain.convert("L").crop((left, top, right, bottom)).tobytes()
        assert min(darkest) < 128
        sides = sorted((right - left, bottom - top))
        assert sides[1] == pytest.approx(place.x1 - place.x0, abs=2)
        x, y = place.x0 - 50, 550 - place.y1
        across, down = place.x1 - place.x0, place.y1 - place.y0
        expected = {
            0: (x, y),
            90: (500 - y - down, x),
            180: (350 - x - across, 500 - y - down),
            270: (y, 350 - x - across),
        }
        assert (left, top) == pytest.approx(expected[turned], abs=2)

    @pytest.mark.parametrize("evidence_first", [False, True])
    def test_evidence_is_stronger_than_the_passage(self, evidence_first: bool) -> None:
        data = pages_of([(10, 100, 500, "Alpha Beta")])
        marks = [
            Mark(MarkKind.PASSAGE, only(data, "Alpha Beta")),
            Mark(MarkKind.EVIDENCE, only(data, "Beta")),
        ]
        drawn = picture(data, 1, *(reversed(marks) if evidence_first else marks))
        y = round(595 - marks[0].place.y1 + 1)
        blue = [drawn.getpixel((x, y))[2] for x in (102, round(marks[0].place.x1) - 3)]  # type: ignore[index]
        assert 255 > blue[0] > blue[1] + 100

    def test_the_answer_is_underlined(self) -> None:
        data = pages_of(WORDS)
        place = only(data, "Beta")
        left, top, right, bottom = coloured(picture(data, 1, Mark(MarkKind.ANSWER, place)))
        assert bottom == pytest.approx(595 - place.y0, abs=1)
        assert bottom - top <= 2
        assert right - left == pytest.approx(place.x1 - place.x0, abs=2)

    def test_there_is_no_such_page(self) -> None:
        with pytest.raises(UnreadableSource, match="no page 2"):
            picture(pages_of(WORDS), 2)
