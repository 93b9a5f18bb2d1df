"""The real Tesseract where it is installed, and made-up ones on the path."""

import os
import shutil
import stat
from html import escape
from pathlib import Path

import pytest

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed"
)


def hocr(*lines: str, confidence: int = 95, size: int = 40) -> str:
    """Tesseract's answer for lines of text, 60 pixels apart, with 10 pixels for a character."""
    told = []
    for number, line in enumerate(lines):
        top, left, words = 100 + 60 * number, 100, []
        for word in line.split():
            box = f"{left} {top} {left + 10 * len(word)} {top + size}"
            title = f"bbox {box}; x_wconf {confidence}"
            words.append(f"<span class='ocrx_word' title='{title}'>{escape(word)}</span>")
            left += 10 * (len(word) + 1)
        title = f"bbox 100 {top} {left - 10} {top + size}; baseline 0 -8; x_size {size}"
        told.append(f"<span class='ocr_line' title='{title}'>{' '.join(words)}</span>")
    page = f"<p class='ocr_par' title='bbox 0 0 9 9'>{''.join(told)}</p>"
    return f"<html xmlns='http://www.w3.org/1999/xhtml'><body>{page}</body></html>"


def fake_tesseract(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    version: str = "9.1",
    languages: str = "eng osd",
    recognises: str = "",
    does: str = "",
) -> Path:
    """Puts a program called tesseract on the path, which prints ``recognises`` or ``does`` more."""
    program = folder / "tesseract"
    folder.mkdir(exist_ok=True)
    answer = folder / "answer"
    answer.write_text(recognises)
    listed = "\\n".join(languages.split())
    program.write_text(
        "#!/bin/sh\n"
        f"case $1 in --version) echo tesseract {version}; exit;;\n"
        f"--list-langs) printf 'List of languages:\\n{listed}\\n'; exit;; esac\n"
        f"cat > /dev/null\n{does}\ncat '{answer}'\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin{os.pathsep}/usr/bin")
    return program


def no_tesseract(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves no tesseract on the path."""
    monkeypatch.setenv("PATH", str(folder))
