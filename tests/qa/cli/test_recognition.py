"""Pages that are pictures: every command that quotes them, with made-up recognition."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import run_command
from tests.support.pdfs import scan_of
from tests.support.tesseract import fake_tesseract, hocr, no_tesseract

PICTURE = b"P5\n1600 800\n255\n" + bytes([255]) * 1_280_000
LINES = ("The ferry to Elba leaves at nine in the morning.", "Dogs travel for free on it.")
QUESTION = "When does the ferry to Elba leave?"
FILE = "docs/ferry.pdf"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of a scan, and a saved answer from it."""
    folder = tmp_path_factory.mktemp("scanned")
    with pytest.MonkeyPatch.context() as patch:
        fake_tesseract(folder / "program", patch, recognises=hocr(*LINES))
        (folder / "docs").mkdir()
        (folder / FILE).write_bytes(scan_of(PICTURE))
        done = run_command("index", "docs", folder=folder)
        assert done.returncode == 0, done.stderr
        answer = run_command("ask", QUESTION, "--json", folder=folder).stdout
    (folder / "saved.json").write_text(answer)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder."""
    folder = tmp_path / "copy"
    shutil.copytree(made, folder)
    fake_tesseract(folder / "program", monkeypatch, recognises=hocr(*LINES))
    return folder


def cited(folder: Path, *options: str) -> dict[str, Any]:
    answer = json.loads(run_command("ask", QUESTION, "--json", *options, folder=folder).stdout)
    citation: dict[str, Any] = answer["citations"][0]
    return citation


def verified(folder: Path) -> dict[str, Any]:
    saved = folder / "saved.json"
    done = run_command("verify", str(saved), "--json", folder=folder)
    verification: dict[str, Any] = json.loads(done.stdout)["citations"][0]
    return verification


def test_the_person_sees_that_a_quote_was_recognised(folder: Path) -> None:
    mark = f"{FILE}, page 1 (recognised on a picture)"
    assert f"1  {mark}" in run_command("ask", QUESTION, folder=folder).stdout
    assert run_command("show", f"{FILE}:1", folder=folder).stdout.startswith(mark)


def test_json_tells_it_and_by_what(folder: Path) -> None:
    citation = json.loads((folder / "saved.json").read_text())["citations"][0]
    assert citation["unit"]["recognised"] is True
    assert citation["source"]["recognition"] == "tesseract 9.1 eng"


def test_status_tells_it(folder: Path) -> None:
    told = run_command("status", folder=folder).stdout
    assert "text in pictures on 1 page of 1 document, by tesseract 9.1 eng" in told
    state = json.loads(run_command("status", "--json", folder=folder).stdout)
    assert state["recognised"] == [{"path": FILE, "pages": 1, "by": "tesseract 9.1 eng"}]


def test_places_and_pictures_are_recognised_again(folder: Path) -> None:
    first, *_ = cited(folder, "--places")["places"]
    # The first line's words, at 300 dots per inch; the page is 384 points high.
    assert (first["x0"], first["y1"]) == pytest.approx((24, 384 - 24), abs=0.2)
    done = run_command("show", f"{FILE}:1", "--picture", "out.png", folder=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "out.png").read_bytes().startswith(b"\x89PNG")


class TestVerify:
    def test_by_the_same_program(self, folder: Path) -> None:
        assert verified(folder)["verdict"] == "verified"

    def test_by_another_version_that_reads_the_same(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = ("Harbour news.", *LINES)
        fake_tesseract(folder / "program", monkeypatch, version="9.2", recognises=hocr(*lines))
        found = verified(folder)
        assert (found["verdict"], found["source_changed"]) == ("moved", False)

    def test_by_another_version_that_reads_something_else(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake_tesseract(
            folder / "program", monkeypatch, version="9.2", recognises=hocr("The fcrry to Elba.")
        )
        found = verified(folder)
        assert found["verdict"] == "not_checked"
        assert found["detail"] == (
            "tesseract 9.2 eng does not recognise in the picture what tesseract 9.1 eng did"
        )

    def test_the_same_program_that_reads_something_else(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The quote was then altered, or never there."""
        fake_tesseract(folder / "program", monkeypatch, recognises=hocr("The fcrry to Elba."))
        assert verified(folder)["verdict"] == "changed"

    def test_another_picture(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fake_tesseract(folder / "program", monkeypatch, recognises=hocr("Bread at six."))
        (folder / FILE).write_bytes(scan_of(PICTURE.replace(b"\xff", b"\xfe")))
        found = verified(folder)
        assert (found["verdict"], found["source_changed"]) == ("changed", True)

    def test_without_tesseract(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        no_tesseract(folder / "none", monkeypatch)
        found = verified(folder)
        assert found["verdict"] == "missing"
        assert found["detail"].endswith("it holds pictures; install tesseract to read it")


def test_places_are_not_told_by_another_version(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tesseract(folder / "program", monkeypatch, version="9.2", recognises=hocr(*LINES))
    assert cited(folder, "--places")["places"] is None
    done = run_command("show", f"{FILE}:1", "--picture", "out.png", folder=folder)
    assert done.returncode != 0
    assert "was recognised by tesseract 9.1 eng, not tesseract 9.2 eng" in done.stderr


def test_recognition_can_be_turned_off(folder: Path) -> None:
    done = run_command("index", "docs", "--full", "--ocr", "off", folder=folder)
    assert done.returncode != 0
    assert "pictures without text; `qa index --ocr auto` reads it" in done.stderr
    done = run_command("index", "--ocr-languages", "xyz", folder=folder)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "tesseract has no language xyz" in done.stderr
