"""Building with pages that are pictures, with made-up recognition."""

from pathlib import Path
from typing import Any

import pytest

from qa_index.building.build import build
from qa_index.building.report import BuildReport
from qa_index.collection.local.stored import StoredIndex
from qa_index.errors import InputError, NothingToIndex
from qa_index.records import Gap, Ocr
from tests.support.hashing_encoder import HashingEncoder
from tests.support.pdfs import pages_of, scan_of
from tests.support.tesseract import fake_tesseract, hocr, no_tesseract

PICTURE = b"P5\n600 400\n255\n" + bytes([255]) * 240_000
INLINE = b"400 0 0 400 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "scan.pdf").write_bytes(scan_of(PICTURE))
    (folder / "mixed.pdf").write_bytes(pages_of([(12, 40, 500, "Written words.")], INLINE))
    (folder / "text.pdf").write_bytes(pages_of([(12, 40, 500, "Only written words.")]))
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return tmp_path / "program"


def make(sources: Path, **options: Any) -> BuildReport:
    return build([sources], sources.parent / ".qa", encoder=HashingEncoder(), **options)


def index(sources: Path) -> StoredIndex:
    return StoredIndex(sources.parent / ".qa")


def texts(sources: Path) -> dict[str, str]:
    found = index(sources)
    return {Path(each.path).name: found.text_of(each) for each in found.documents()}


def test_it_is_read_once_tesseract_is_installed(
    sources: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_tesseract(program, monkeypatch)
    report = make(sources)
    [skipped] = report.skipped
    assert skipped.path == "texts/scan.pdf"
    assert skipped.reason == "its pages are pictures without text; install tesseract to read it"
    [mixed, _] = index(sources).documents()
    assert mixed.gaps == (Gap("page 2", "picture only; install tesseract to read it"),)
    assert make(sources).idle

    fake_tesseract(program, monkeypatch, recognises=hocr("Seen on a picture."))
    report = make(sources)
    assert (report.added, report.changed) == (("texts/scan.pdf",), ("texts/mixed.pdf",))
    assert report.skipped == ()
    assert texts(sources)["mixed.pdf"] == "Written words.\n\nSeen on a picture."
    assert make(sources).idle


def test_another_version_reads_pictures_again(
    sources: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tesseract(program, monkeypatch, recognises=hocr("Seen on a picturc."))
    make(sources)
    fake_tesseract(program, monkeypatch, version="9.2", recognises=hocr("Seen on a picture."))
    report = make(sources)
    assert report.changed == ("texts/mixed.pdf", "texts/scan.pdf")
    assert texts(sources)["scan.pdf"] == "Seen on a picture."


def test_what_was_read_stays_when_tesseract_goes(
    sources: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tesseract(program, monkeypatch, recognises=hocr("Seen on a picture."))
    make(sources)
    no_tesseract(program / "none", monkeypatch)
    assert make(sources).idle
    assert texts(sources)["scan.pdf"] == "Seen on a picture."


def test_settings_are_remembered(
    sources: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tesseract(program, monkeypatch, languages="deu eng", recognises=hocr("Seen."))
    make(sources, ocr="off")
    assert make(sources).idle
    assert list(texts(sources)) == ["mixed.pdf", "text.pdf"]
    assert make(sources, ocr="auto", ocr_languages="deu").added == ("texts/scan.pdf",)
    assert make(sources, full=True).generation == 3
    manifest = index(sources).manifest
    assert (manifest.ocr, manifest.ocr_languages) == (Ocr.AUTO, "deu")
    assert {each.recognition for each in index(sources).documents()} == {"", "tesseract 9.1 deu"}


def test_settings_are_kept_even_if_no_document_changes(sources: Path) -> None:
    (sources / "scan.pdf").unlink()
    (sources / "mixed.pdf").unlink()
    make(sources)
    assert make(sources, ocr="off").idle
    assert index(sources).manifest.ocr is Ocr.OFF


def test_files_that_failed_are_not_tried_again(
    sources: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tesseract(program, monkeypatch, does="exit 1")
    [skipped] = make(sources).skipped
    assert skipped.reason == "its pages are pictures; tesseract failed (exit code 1) (page 1)"
    fake_tesseract(program, monkeypatch, recognises=hocr("Seen on a picture."))
    assert make(sources).idle
    assert make(sources, full=True).added == ("texts/scan.pdf",)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"ocr": "always"}, "ocr must be auto or off, not 'always'"),
        ({"ocr_languages": "xyz"}, "tesseract has no language xyz"),
        ({"ocr_languages": "no way"}, "languages of recognition are names"),
    ],
)
def test_wrong_settings_are_refused(
    options: dict[str, str],
    told: str,
    sources: Path,
    program: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_tesseract(program, monkeypatch)
    with pytest.raises(InputError, match=told):
        make(sources, **options)


def test_nothing_but_pictures(
    sources: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_tesseract(program, monkeypatch)
    for name in ("mixed.pdf", "text.pdf"):
        (sources / name).unlink()
    with pytest.raises(NothingToIndex, match="install tesseract to read it"):
        make(sources)
