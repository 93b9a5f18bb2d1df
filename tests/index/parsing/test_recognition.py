"""Recognition in worker processes: settings, time and the end of what was started."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_index.errors import InputError
from qa_index.formats import PicturesOnly, UnreadableSource
from qa_index.parsing import Parsers, Recognition
from qa_index.parsing.limits import Limits
from qa_index.parsing.pool import ParsersClosed
from qa_index.records import Gap, Ocr, Parsed, Rectangle, Span
from tests.support.pdfs import mixed, pages_of, scan_of
from tests.support.tesseract import fake_tesseract, hocr, needs_tesseract, no_tesseract

PICTURE = b"P5\n600 400\n255\n" + bytes([255]) * 240_000
SCAN = scan_of(PICTURE, PICTURE)


def parse(data: bytes = SCAN, recognition: Recognition | None = None) -> Parsed:
    with Parsers() as parsers:
        return parsers.parse(data, name="a.pdf", recognition=recognition or Recognition())


class TestRecognition:
    def test_it_takes_what_is_installed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, languages="deu eng osd")
        assert Recognition().identity == "tesseract 9.1 eng+deu"
        assert Recognition(languages="deu").identity == "tesseract 9.1 deu"
        assert Recognition(Ocr.OFF).identity == ""
        assert Recognition.like("tesseract 4.0 deu").identity == "tesseract 9.1 deu"

    def test_a_language_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fake_tesseract(tmp_path, monkeypatch, languages="deu osd")
        recognition = Recognition(languages="deu+fra")
        assert recognition.recogniser is None
        assert recognition.remedy == "install tesseract's language fra to read it"

    def test_impossible_languages_are_refused(self) -> None:
        with pytest.raises(InputError, match="names that `tesseract --list-langs` prints"):
            Recognition(languages="../eng")

    def test_what_an_untrusted_answer_names_is_not_run(self) -> None:
        assert Recognition.like("tesseract 9 --version").recogniser is None

    def test_documents_are_kept_while_the_recogniser_is_the_same_or_gone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch)
        assert Recognition().keeps(0, "")
        assert Recognition().keeps(3, "tesseract 9.1 eng")
        assert not Recognition().keeps(3, "")
        assert not Recognition().keeps(3, "tesseract 9.0 eng")
        no_tesseract(tmp_path / "empty", monkeypatch)
        assert Recognition().keeps(3, "tesseract 9.1 eng")
        assert not Recognition(Ocr.OFF).keeps(3, "tesseract 9.1 eng")


class TestWorkers:
    def test_what_is_recognised_comes_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, recognises=hocr("Seen on a picture."))
        parsed = parse()
        assert parsed.text == "Seen on a picture.\n\nSeen on a picture."
        assert (parsed.pictures, parsed.recognition) == (2, "tesseract 9.1 eng")
        assert [unit.recognised for unit in parsed.units] == [True, True]
        with Parsers() as parsers:
            [[place]] = parsers.locate(SCAN, parsed, [Span(0, 4)], "pdf", recognition=Recognition())
            assert isinstance(place, Rectangle)
            # At 300 dots per inch; the page is 400 pixels high at 150.
            assert place[1:] == pytest.approx((24, 192 - 33.6, 33.6, 192 - 24), abs=0.2)
            assert parsers.locate(SCAN, parsed, [Span(0, 4)], "pdf") == [()]

    def test_without_tesseract_pictures_are_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        no_tesseract(tmp_path, monkeypatch)
        with pytest.raises(PicturesOnly, match="pictures without text") as caught:
            parse()
        assert caught.value.pages == 2

    def test_the_time_grows_with_the_pages(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, does="sleep 2.5", recognises=hocr("Seen."))
        limits = Limits(seconds=4, seconds_per_megabyte=0)
        assert limits.seconds_for(0) == 4
        assert limits.seconds_for(0, pictures=2) > limits.seconds_for(0, pictures=1) > 20
        with Parsers(limits=limits) as parsers:
            assert parsers.parse(SCAN, name="a.pdf", recognition=Recognition()).pictures == 2

    def test_pages_of_text_survive_what_pictures_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, does="kill -ABRT $PPID; sleep 9")
        parsed = parse(mixed())
        assert (parsed.text, parsed.pictures) == ("Written words.", 1)
        assert parsed.recognition == "tesseract 9.1 eng"
        died = "picture only; its parser died on it (signal 6, SIGABRT)"
        assert parsed.gaps == (Gap("page 2", died),)
        with pytest.raises(UnreadableSource, match="died on it"):
            parse(SCAN)

    def test_files_cannot_be_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fake_tesseract(tmp_path, monkeypatch, does=f"echo x > {tmp_path}/written || exit 3")
        with pytest.raises(UnreadableSource, match="tesseract failed"):
            parse()
        written = tmp_path / "written"
        assert not written.exists() or written.stat().st_size == 0

    def test_it_ends_with_the_worker(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # A folder says that it runs: the worker may write no file.
        fake_tesseract(tmp_path, monkeypatch, does=f"mkdir {tmp_path}/pid-$$; exec sleep 100")
        parsers = Parsers()
        closed = []

        def ask() -> None:
            try:
                parsers.parse(SCAN, name="a.pdf", recognition=Recognition())
            except ParsersClosed:
                closed.append(True)

        thread = threading.Thread(target=ask)
        thread.start()
        found = _awaited(lambda: list(tmp_path.glob("pid-*")))
        parsers.close()
        thread.join(10)
        assert closed
        process = Path("/proc", found[0].name.removeprefix("pid-"), "cmdline")
        assert not process.exists() or process.read_bytes() == b""

    @needs_tesseract
    def test_the_real_one_fits_the_limits(self) -> None:
        text = "Bees have kept the people of this valley busy."
        drawn = Parsers().render(pages_of([(14, 30, 500, text)]), 1, [], "pdf")
        assert parse(scan_of(drawn)).text == text


def _awaited(find: Callable[[], list[Path]]) -> list[Path]:
    for _ in range(200):
        if found := find():
            return found
        time.sleep(0.05)
    raise TimeoutError


def test_gaps_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_tesseract(tmp_path, monkeypatch, recognises=hocr("Seen dimly.", confidence=60))
    assert parse().gaps == (Gap("pages 1-2", "recognised poorly, so the text may be wrong"),)
