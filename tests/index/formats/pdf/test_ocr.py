"""PDF: words that Tesseract recognises on a page."""

import pytest

from qa_index.formats.pdf import FORMAT
from qa_index.formats.pdf.ocr import OcrUnavailable, is_available, recognise
from tests.support.pdfs import pages_of


@pytest.mark.skipif(not is_available(), reason="tesseract is not installed")
class TestRecognise:
    def test_words_stand_where_they_are_drawn(self) -> None:
        assert FORMAT.render is not None
        data = pages_of([(20, 72, 500, "Honey keeps"), (20, 72, 450, "for centuries")])
        words = recognise(FORMAT.render(data, 1, [], dots_per_inch=144), dots_per_inch=144)
        assert [word.text for word in words] == ["Honey", "keeps", "for", "centuries"]
        assert words[0].line == words[1].line < words[2].line
        assert words[0].left == pytest.approx(2 * 72, abs=6)
        assert words[0].top < 2 * (595 - 500) < words[0].bottom + 12

    def test_an_unknown_language(self) -> None:
        with pytest.raises(OcrUnavailable, match="tesseract failed"):
            recognise(b"", dots_per_inch=72, languages="xyz")


def test_without_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not is_available()
    with pytest.raises(OcrUnavailable, match="not installed"):
        recognise(b"", dots_per_inch=72)
