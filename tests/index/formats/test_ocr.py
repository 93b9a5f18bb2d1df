"""Optical character recognition: what Tesseract says, and what can go wrong with it."""

from pathlib import Path

import pytest

from qa_index.formats import ocr
from qa_index.formats.ocr import Installed, OcrFailed, Recogniser, Tesseract, installed, lines_of
from tests.support.tesseract import fake_tesseract, hocr, needs_tesseract, no_tesseract

ENGLISH = Recogniser("9.1", "eng")


def recognise() -> list[str]:
    lines = Tesseract(ENGLISH).recognise(b"", dots_per_inch=300)
    return [" ".join(word.text for word in line.words) for line in lines]


class TestRecognisers:
    def test_the_same_is_found_by_its_name(self) -> None:
        assert str(ENGLISH) == "tesseract 9.1 eng"
        for languages in ("eng", "deu+eng", "script/Latin", "chi_sim+eng"):
            recogniser = Recogniser("5.3.0-12-gab", languages)
            assert Recogniser.named(str(recogniser)) == recogniser

    @pytest.mark.parametrize(
        "name",
        ["", "tesseract 9.1", "acrobat 9.1 eng", "tesseract 9 ../../etc", "tesseract 9 -x",
         "tesseract 9 eng+"],
    )  # fmt: skip
    def test_names_that_could_be_paths_or_options_are_refused(self, name: str) -> None:
        assert Recogniser.named(name) is None

    def test_a_few_languages_are_all_used_with_english_first(self) -> None:
        assert Installed("9", ("chi_sim", "deu", "eng")).usual_languages == "eng+chi_sim+deu"
        assert Installed("9", ("deu",)).usual_languages == "deu"

    def test_of_many_languages_only_one_is_used(self) -> None:
        assert Installed("9", ("a", "b", "c", "d", "eng")).usual_languages == "eng"


class TestInstalled:
    def test_orientation_and_scripts_are_no_languages(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, languages="deu eng equ osd script/Latin snum")
        assert installed() == Installed("9.1", ("deu", "eng"))

    def test_it_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        no_tesseract(tmp_path, monkeypatch)
        assert installed() is None
        with pytest.raises(OcrFailed, match="tesseract is not installed"):
            recognise()

    def test_it_has_no_language(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fake_tesseract(tmp_path, monkeypatch, languages="osd")
        assert installed() is None

    @needs_tesseract
    def test_the_real_one_says_what_it_is(self) -> None:
        found = installed()
        assert found is not None
        assert found.version[0].isdigit()


class TestFailures:
    def test_it_prints_its_reason(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fake_tesseract(tmp_path, monkeypatch, does="echo Starting >&2; echo 'No data' >&2; exit 1")
        with pytest.raises(OcrFailed, match=r"^tesseract failed \(No data\)$"):
            recognise()

    def test_it_gives_no_reason(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fake_tesseract(tmp_path, monkeypatch, does="kill -SEGV $$")
        with pytest.raises(OcrFailed, match=r"^tesseract failed \(exit code -11\)$"):
            recognise()

    def test_it_hangs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fake_tesseract(tmp_path, monkeypatch, does="exec sleep 60")
        monkeypatch.setattr(ocr, "_LONGEST", 0.2)
        with pytest.raises(OcrFailed, match="takes longer than"):
            recognise()

    @pytest.mark.parametrize(
        "answer",
        ["", "rubbish", "<html>", hocr("word").replace("bbox", "box"),
         hocr("word").replace("x_wconf 95", "x_wconf high")],
    )  # fmt: skip
    def test_it_prints_rubbish(
        self, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, recognises=answer)
        with pytest.raises(OcrFailed, match="no valid answer"):
            recognise()

    def test_after_three_failures_it_is_not_called_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, does="exit 1")
        tesseract = Tesseract(ENGLISH)
        told = []
        for _ in range(4):
            with pytest.raises(OcrFailed) as caught:
                tesseract.recognise(b"", dots_per_inch=300)
            told.append(str(caught.value))
        assert told[:3] == ["tesseract failed (exit code 1)"] * 3
        assert told[3] == "tesseract failed on 3 pages before"

    def test_a_page_gives_time_to_the_whole_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, recognises=hocr("word"))
        monkeypatch.setattr(ocr, "FIRST_SECONDS", 0.0)
        tesseract = Tesseract(ENGLISH)
        with pytest.raises(OcrFailed, match="too long for the whole file"):
            tesseract.recognise(b"", dots_per_inch=300)
        tesseract.begin_page()
        assert tesseract.recognise(b"", dots_per_inch=300)

    def test_an_unknown_orientation_is_no_failure(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(tmp_path, monkeypatch, does="exit 1")
        tesseract = Tesseract(ENGLISH)
        for _ in range(4):
            assert tesseract.quarter_turns(b"", dots_per_inch=300) == 0


def test_words_have_places_and_lines() -> None:
    first, second = lines_of(hocr("Bees &amp; honey", "Wax", confidence=71).encode())
    assert [word[:5] for word in first.words][1] == ("&amp;", 150, 100, 200, 140)
    assert {word.confidence for word in first.words} == {71}
    assert (first.size, first.baseline) == (40.0, (0.0, 132.0))
    assert second.words[0].top == 160
    assert first.paragraph == second.paragraph
