"""Pictures of pages in a pack, drawn again from the source."""

import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import qa
from qa import PictureVerdict
from qa.packing.pictures import TOLERANCE
from qa.rendering.packs import render_pack_check
from qa.rendering.terminal import Terminal
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
