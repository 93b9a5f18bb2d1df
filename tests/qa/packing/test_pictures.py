"""Pictures of pages in a pack, drawn again from the source."""

import io
import json
import re
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from PIL import Image

import qa
from qa import PictureVerdict
from qa.checking.locating import Marked
from qa.checking.saved import owned
from qa.packing import budget, pictures, verifying
from qa.packing.collecting import FINEST
from qa.packing.pictures import MOST_PICTURES, TOLERANCE, Comparison
from qa.packing.records import Malformed, Pack
from qa.rendering.packs import render_pack_check
from qa.rendering.terminal import Terminal
from qa_index import parsing
from qa_index.errors import InputError
from qa_index.formats import UnreadableSource
from qa_index.formats.pdf import renderer
from qa_index.parsing import ParserKilled
from tests.qa.packing.conftest import COVER, LAMP, PAGES
from tests.qa.packing.test_hostile import forged, parts_of
from tests.support.pdfs import pages_of

Change = Callable[[bytes], bytes]


@pytest.fixture
def lamp(folder: Path) -> bytes:
    """A pack with one picture, of page 2."""
    qa.pack(Path("lamp.json"), to="lamp.zip", sources=True)
    return Path("lamp.zip").read_bytes()


def with_picture(data: bytes, change: Change) -> bytes:
    """The same pack with another picture, and hashes and seal that fit it."""
    manifest, parts = parts_of(data)
    name = manifest["quotes"][0]["pictures"][0]["part"]
    parts[name] = change(parts[name])
    return forged(manifest, parts, form="zip")


def verdicts(checked: qa.PackChecked) -> list[PictureVerdict]:
    return [each.verdict for each in checked.pictures]


def told(checked: qa.PackChecked) -> str:
    return " ".join("\n".join(render_pack_check(checked, Terminal())).split())


def drawn(*texts: str, dots: int = 150) -> bytes:
    """The first page of another file, drawn as pages are."""
    from qa_index.parsing import render

    return render(
        pages_of([(12, 40, 500, text) for text in texts]), 1, (), "pdf", dots_per_inch=dots
    )


def encoded_again(
    picture: bytes, *, change: Callable[[Image.Image], None] = lambda _: None
) -> bytes:
    image = Image.open(io.BytesIO(picture))
    change(image)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_a_picture_is_drawn_again(lamp: bytes) -> None:
    checked = qa.verify_pack(lamp)
    assert verdicts(checked) == [PictureVerdict.SAME]
    assert [len(each.pictures) for each in (*checked.quotes, *checked.enclosed)] == [1, 1]
    assert checked.holds
    assert checked.complete
    assert "1 picture shows its page: drawn again from the sources." in told(checked)
    assert checked.to_dict()["quotes"][0]["pictures"][0]["verdict"] == "same"


@pytest.mark.parametrize("dots_per_inch", [40, 72, 149, 300, 301])
def test_at_any_resolution(folder: Path, dots_per_inch: int) -> None:
    qa.pack(Path("lamp.json"), to="lamp.html", dots_per_inch=dots_per_inch)
    assert verdicts(qa.verify_pack("lamp.html")) == [PictureVerdict.SAME]


@pytest.mark.parametrize("at_hand", ["outside", "inside"])
@pytest.mark.parametrize(
    "change",
    [
        lambda _: drawn(COVER),
        lambda _: drawn(LAMP.replace("1931", "1937")),
        lambda picture: picture + b"x",
        lambda picture: picture[:-20],
        lambda _: b"",
        lambda _: b"\x89PNG\r\n\x1a\n",
        lambda picture: picture[:33] + b"\0" * 40 + picture[73:],
        lambda _: drawn(COVER, dots=100),
        lambda picture: picture[:16] + b"\xff\xff\xff\xff" * 2 + picture[24:],
        lambda picture: picture[:16] + b"\0\0\0\0" * 2 + picture[24:],
        # A browser may show the second frame, or other colours.
        lambda picture: picture[:33] + chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + picture[33:],
        lambda picture: picture[:33] + chunk(b"gAMA", b"\0\0\0\1") + picture[33:],
    ],
)
def test_another_picture_is_found(
    lamp: bytes, elsewhere: Path, folder: Path, change: Change, at_hand: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if at_hand == "outside":
        monkeypatch.chdir(folder)
    checked = qa.verify_pack(with_picture(lamp, change))
    assert (checked.intact, checked.stands) == (True, True)
    assert (checked.pictures_hold, checked.holds, checked.complete) == (False, False, False)
    assert verdicts(checked) == [PictureVerdict.DIFFERS]
    assert "1 of 1 picture does not show the page." in told(checked)
    assert "page 2: " in told(checked)


def test_the_page_with_one_digit_more_is_another_one(lamp: bytes, folder: Path) -> None:
    """Drawn with the same marks, from a file of which the picture only is taken."""
    true = Path("docs/lamp.pdf").read_bytes()
    forged_pages = PAGES[0], [PAGES[1][0], (12, 40, 500, LAMP.replace("1931", "1937"))]
    Path("docs/lamp.pdf").write_bytes(pages_of(*forged_pages))
    qa.index(into=".qa", offline=True)
    with qa.open(".qa") as session:
        answer = session.ask("Who painted the lamp of the lighthouse green?", k=1)
    qa.pack(answer, to="other.zip")
    _, parts = parts_of(Path("other.zip").read_bytes())
    [picture] = [data for name, data in parts.items() if name.startswith("pictures/")]
    Path("docs/lamp.pdf").write_bytes(true)
    qa.index(into=".qa", offline=True)
    assert verdicts(qa.verify_pack(with_picture(lamp, lambda _: picture))) == ["differs"]


def test_it_is_the_page_that_the_quote_is_on(lamp: bytes) -> None:
    manifest, parts = parts_of(lamp)
    manifest["quotes"][0]["pictures"][0]["page"] = 1
    checked = qa.verify_pack(forged(manifest, parts, form="zip"))
    assert verdicts(checked) == [PictureVerdict.DIFFERS]
    assert checked.pictures[0].detail == "the quote is not on page 1 of its source"


def test_compressed_otherwise_it_is_the_same(lamp: bytes) -> None:
    other = with_picture(lamp, encoded_again)
    assert other != lamp
    assert verdicts(qa.verify_pack(other)) == [PictureVerdict.SAME]


@pytest.mark.parametrize(
    ("by", "verdict"), [(TOLERANCE, PictureVerdict.CLOSE), (TOLERANCE + 1, PictureVerdict.DIFFERS)]
)
def test_another_renderer_may_draw_a_little_otherwise(
    lamp: bytes, by: int, verdict: PictureVerdict
) -> None:
    def fainter(image: Image.Image) -> None:
        image.putpixel((3, 3), (255 - by, 255, 255))

    checked = qa.verify_pack(with_picture(lamp, lambda it: encoded_again(it, change=fainter)))
    assert verdicts(checked) == [verdict]
    assert f"{by} of 255" in checked.pictures[0].detail
    if verdict is PictureVerdict.CLOSE:
        assert checked.complete
        assert "1 but for small differences, as another renderer draws" in told(checked)


def test_without_the_source_it_is_checked_by_its_hash_alone(folder: Path, elsewhere: Path) -> None:
    pack = folder / "lamp.html"
    qa.pack(folder / "lamp.json", to=pack, index=folder / ".qa")
    checked = qa.verify_pack(pack)
    assert verdicts(checked) == [PictureVerdict.NOT_DRAWN]
    assert (checked.holds, checked.pictures_hold, checked.complete) == (True, True, False)
    assert "1 picture could only be checked by hash (its source is not here" in told(checked)


def test_with_another_file_in_place_of_the_source_too(folder: Path) -> None:
    qa.pack(Path("lamp.json"), to="lamp.html")
    Path("docs/lamp.pdf").write_bytes(pages_of(*PAGES, [(12, 40, 500, "A page more.")]))
    checked = qa.verify_pack("lamp.html")
    assert verdicts(checked) == [PictureVerdict.NOT_DRAWN]
    assert checked.stands


def test_a_renamed_source_is_drawn(folder: Path) -> None:
    qa.pack(Path("lamp.json"), to="lamp.html")
    Path("docs/lamp.pdf").rename("docs/lantern.pdf")
    assert verdicts(qa.verify_pack("lamp.html")) == [PictureVerdict.SAME]


@pytest.mark.parametrize("field", ["format", "format_version", "recognition"])
def test_sources_of_formats_that_are_none(lamp: bytes, field: str) -> None:
    manifest, parts = parts_of(lamp)
    answer = json.loads(parts["answers/0001.json"])
    answer["citations"][0]["source"][field] = 99 if field == "format_version" else "none"
    parts["answers/0001.json"] = json.dumps(answer, sort_keys=True, indent=1).encode()
    checked = qa.verify_pack(forged(manifest, parts, form="zip"))
    assert verdicts(checked) == [PictureVerdict.NOT_DRAWN]
    for each in (*checked.quotes, *checked.enclosed):
        assert "source-0" not in each.pictures[0].detail


@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize("error", [ParserKilled("its parser died"), UnreadableSource("too slow")])
def test_where_drawing_fails_nothing_is_known(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: int, error: UnreadableSource
) -> None:
    """At any of the resolutions that are tried."""
    qa.pack(Path("lamp.json"), to="lamp.html", dots_per_inch=400)
    render, calls = parsing.render, 0

    def fails(*arguments: Any, **options: Any) -> bytes:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise error
        return render(*arguments, **options)

    monkeypatch.setattr(parsing, "render", fails)
    checked = qa.verify_pack("lamp.html")
    assert verdicts(checked) == [PictureVerdict.NOT_DRAWN]
    assert str(error) in checked.pictures[0].detail
    assert checked.holds


def test_where_comparing_fails_nothing_is_known(
    lamp: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> int:
        raise ParserKilled("its parser died on it (signal 9)")

    monkeypatch.setattr(parsing, "difference", fails)
    checked = qa.verify_pack(lamp)
    assert verdicts(checked) == [PictureVerdict.NOT_DRAWN]
    assert "signal 9" in checked.pictures[0].detail


@pytest.mark.parametrize("dots_per_inch", [0, FINEST + 1, 1.5])
def test_resolutions_that_are_never_drawn(folder: Path, dots_per_inch: Any) -> None:
    """So that a finer picture is known to be no page."""
    with pytest.raises(
        InputError, match=f"dots_per_inch must be a whole number from 1 to {FINEST}"
    ):
        qa.pack(Path("lamp.json"), to="lamp.html", dots_per_inch=dots_per_inch)


def by_another(data: bytes, drawn_by: str | None) -> bytes:
    """The same pack, as if something else had drawn its picture."""
    manifest, parts = parts_of(data)
    [picture] = manifest["quotes"][0]["pictures"]
    del picture["drawn_by"]
    if drawn_by is not None:
        picture["drawn_by"] = drawn_by
    return forged(manifest, parts, form="zip")


@pytest.mark.parametrize("drawn_by", [None, "PDFium 126.0.6462.0, marks 1"])
@pytest.mark.parametrize("change", [lambda _: drawn(COVER), lambda _: drawn(COVER, dots=100)])
def test_what_another_version_drew_is_not_called_wrong(
    lamp: bytes, drawn_by: str | None, change: Change
) -> None:
    checked = qa.verify_pack(by_another(with_picture(lamp, change), drawn_by))
    assert verdicts(qa.verify_pack(by_another(lamp, drawn_by))) == [PictureVerdict.SAME]
    assert verdicts(checked) == [PictureVerdict.NOT_COMPARABLE]
    assert (checked.holds, checked.complete) == (True, False)
    assert "1 picture could not be compared" in told(checked)
    assert f"it was drawn by {drawn_by or 'an unknown version'}, here by PDFium" in told(checked)


def test_packs_of_before_keep_their_seal(lamp: bytes) -> None:
    manifest, _ = parts_of(by_another(lamp, None))
    checked = qa.verify_pack(by_another(lamp, None))
    assert checked.intact
    assert checked.pack is not None
    assert checked.pack.to_dict() == manifest


@pytest.mark.parametrize("drawn_by", ["\x1b[31m", "x" * 201, 7])
def test_what_drew_it_is_a_short_name(lamp: bytes, drawn_by: Any) -> None:
    manifest, _ = parts_of(lamp)
    manifest["quotes"][0]["pictures"][0]["drawn_by"] = drawn_by
    with pytest.raises(Malformed):
        Pack.from_dict(manifest)


def count_renders(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The pages that are drawn from now on."""
    render, pages = parsing.render, list[int]()

    def counted(data: bytes, page: int, *more: Any, **options: Any) -> bytes:
        pages.append(page)
        return render(data, page, *more, **options)

    monkeypatch.setattr(parsing, "render", counted)
    return pages


def test_a_page_is_drawn_once(folder: Path, lamp: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its source is here and in the pack, and for a picture that is listed again."""
    manifest, parts = parts_of(lamp)
    manifest["quotes"][0]["pictures"] *= 5
    pages = count_renders(monkeypatch)
    checked = qa.verify_pack(forged(manifest, parts, form="zip"))
    assert [len(each.pictures) for each in (*checked.quotes, *checked.enclosed)] == [5, 5]
    assert verdicts(checked) == [PictureVerdict.SAME]
    assert pages == [2]


def test_only_so_many_pictures_of_a_quote_are_drawn(
    lamp: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, parts = parts_of(lamp)
    [picture] = manifest["quotes"][0]["pictures"]
    for number in range(MOST_PICTURES + 3):
        name = f"pictures/more-{number}.png"
        parts[name] = encoded_again(
            parts[picture["part"]],
            change=lambda it, x=number: it.putpixel((x, 0), (250, 255, 255)),  # type: ignore[misc]
        )
        manifest["quotes"][0]["pictures"].append({**picture, "part": name})
    pages = count_renders(monkeypatch)
    checked = qa.verify_pack(forged(manifest, parts, form="zip"))
    assert verdicts(checked).count(PictureVerdict.NOT_DRAWN) == 4
    assert f"only {MOST_PICTURES} pictures of a quote are compared" in told(checked)
    assert len(pages) <= MOST_PICTURES


def test_so_many_resolutions_are_tried(lamp: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_MOST_TRIES", 1)
    other = with_picture(lamp, lambda _: drawn(COVER, dots=100))
    pages = count_renders(monkeypatch)
    checked = qa.verify_pack(other)
    assert verdicts(checked) == [PictureVerdict.NOT_DRAWN]
    assert "its resolution was not found in 1 tries" in told(checked)
    assert pages == [2, 2]


def test_all_of_it_takes_so_long(lamp: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_SECONDS", -1)
    pages = count_renders(monkeypatch)
    checked = qa.verify_pack(lamp)
    assert verdicts(checked) == [PictureVerdict.NOT_DRAWN]
    assert "comparing the pictures took more than" in told(checked)
    assert not pages


class TestWhatDrewIt:
    """The renderer, and the fonts that it took from elsewhere than the file."""

    def test_is_recorded(self, lamp: bytes) -> None:
        manifest, parts = parts_of(lamp)
        [picture] = manifest["quotes"][0]["pictures"]
        data = parts[manifest["sources"][0]["part"]]
        assert picture["drawn_by"] == parsing.drawn_by(data, 2, "pdf")
        assert re.fullmatch(r"PDFium \d+\..*, marks 1, fonts [0-9a-f]{16}", picture["drawn_by"])

    def test_other_fonts_of_the_system_draw_otherwise(
        self, lamp: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = Path("docs/lamp.pdf").read_bytes()
        here = renderer.drawn_by_pdf(data, 2)
        monkeypatch.setattr(renderer, "_data_of", lambda _: b"another font")
        assert renderer.drawn_by_pdf(data, 2) != here

    def test_embedded_fonts_are_the_file_s(self) -> None:
        assert "fonts" not in renderer.drawn_by_pdf(pages_of(b""), 1)

    def test_of_text_in_a_form_and_a_comment(self) -> None:
        """Drawn as the text of a page is."""
        text = b"BT /F 12 Tf 40 500 Td (Words) Tj ET"
        form = b"<</Type/XObject/Subtype/Form/BBox[0 0 420 595]/Resources<</Font<</F 3 0 R>>>>"
        more = form + b"/Length %d>>\nstream\n%b\nendstream" % (len(text), text)
        note = b"/Annots[<</Type/Annot/Subtype/Stamp/Rect[0 0 420 595]/AP<</N 4 0 R>>>>]"
        assert "fonts" in renderer.drawn_by_pdf(pages_of(b"", page=note, more=more), 1)
        drawing = pages_of(b"/X Do", page=b"/Resources<</XObject<</X 4 0 R>>>>", more=more)
        assert "fonts" in renderer.drawn_by_pdf(drawing, 1)

    def test_is_not_known_of_a_page_with_too_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(renderer, "_MOST_OBJECTS", 2)
        page = [(12, 40, 500 - 20 * line, "Words.") for line in range(3)]
        assert renderer.drawn_by_pdf(pages_of(page), 1) == ""


class Paper(NamedTuple):
    """Stands for pages of a size in points; drawn as a header alone."""

    width: float
    height: float

    def drawn(self, _: int, dots_per_inch: int) -> bytes:
        sides = (max(1, round(side * dots_per_inch / 72)) for side in self)
        return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II5x", *sides)


class TestResolution:
    """That of a picture is found, or no resolution gives its shape."""

    @pytest.mark.parametrize("paper", [Paper(595, 842), Paper(72, 20), Paper(50, 80)])
    def test_is_found(self, paper: Paper) -> None:
        for dots in [*range(1, 200), *range(200, FINEST, 37), FINEST]:
            shape = paper.drawn(1, dots)[16:]
            assert Comparison()._drawn(shape, 1, cast(Marked, paper)) == paper.drawn(1, dots)

    @pytest.mark.parametrize("paper", [Paper(14, 21), Paper(3, 2)])
    def test_of_tiny_pages_is_not_called_impossible(self, paper: Paper) -> None:
        """The usual resolution tells their size badly: some are not found in so few tries."""
        for dots in range(1, FINEST + 1):
            with suppress(pictures._Stopped):
                found = Comparison()._drawn(paper.drawn(1, dots)[16:], 1, cast(Marked, paper))
                assert found == paper.drawn(1, dots)

    @pytest.mark.parametrize(
        "sides", [(1240, 1755), (1241, 1754), (0, 0), (1 << 31, 1 << 31), (1754, 1240), (1, 9)]
    )
    def test_of_other_shapes_is_none(self, sides: tuple[int, int]) -> None:
        shape = struct.pack(">II5x", *sides)
        paper = Paper(595.276, 841.89)
        assert paper.drawn(1, 150)[16:24] == struct.pack(">II", 1240, 1754)
        assert Comparison()._drawn(shape, 1, cast(Marked, paper)) is None


def test_the_time_of_the_quotes_is_not_that_of_the_pictures(
    lamp: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the making of the comparison and its use, a day passes."""
    now = [0.0]
    monkeypatch.setattr(budget, "monotonic", lambda: now[0])

    def slowly(*given: Any, **more: Any) -> Any:
        now[0] += 86_400
        return owned(*given, **more)

    monkeypatch.setattr(verifying, "owned", slowly)
    assert verdicts(qa.verify_pack(lamp)) == [PictureVerdict.SAME]
