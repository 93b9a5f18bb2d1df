"""Progress of indexing, on a terminal and elsewhere."""

import io
import time
from contextlib import redirect_stderr

import pytest

from qa.cli.options import Options
from qa.cli.terminal import progress
from qa.cli.terminal.progress import Progress, Unit
from qa_index.building.pace import Pace


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True

    def wait_for(self, text: str) -> str:
        """The output up to ``text``, or that of one minute."""
        deadline = time.monotonic() + 60
        while text not in self.getvalue() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert text in self.getvalue()
        return self.getvalue()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A terminal on which a bar is shown at once."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(progress, "_PATIENCE", 0.05)
    return Screen()


class Clock:
    """A clock that stands still unless it is advanced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(progress, "Pace", lambda: Pace(lambda: self.now))


class TestOnATerminal:
    def test_a_bar_appears_before_the_first_step_is_done(self, screen: Screen) -> None:
        with redirect_stderr(screen), Progress("indexing", Options()):
            assert "%" not in screen.wait_for("indexing")

    def test_it_tells_how_much_is_done(self, screen: Screen) -> None:
        with redirect_stderr(screen), Progress("indexing", Options()) as bar:
            bar(500_000, 2_000_000)
            assert "0.5/2.0 MB" in screen.wait_for("25%")

    def test_it_tells_the_time_left_from_the_first_step_on(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = Clock(monkeypatch)
        with redirect_stderr(screen), Progress("indexing", Options()) as bar:
            bar(0, 2_000_000)
            assert "left" not in screen.wait_for("0.0/2.0 MB")
            clock.now += 100
            bar(500_000, 2_000_000)
            screen.wait_for("5 min left")

    def test_what_is_quickly_done_shows_nothing(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(progress, "_PATIENCE", 30)
        with redirect_stderr(screen), Progress("indexing", Options()) as bar:
            bar(1, 1)
        assert screen.getvalue() == ""

    def test_quiet(self, screen: Screen) -> None:
        with redirect_stderr(screen), Progress("indexing", Options(quiet=True)) as bar:
            bar(1, 2)
            time.sleep(0.2)
        assert screen.getvalue() == ""


def test_elsewhere_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with Progress("indexing", Options()) as lines:
        lines(1_000_000, 2_000_000)
        assert capsys.readouterr().err == ""
        monkeypatch.setattr(progress, "_LINE_EVERY", 0)
        clock.now += 60
        lines(1_500_000, 2_000_000)
        lines(2_000_000, 2_000_000)
    assert capsys.readouterr().err == "qa: indexing: 75% of 2.0 MB, about 60 s left\n"


def test_time_before_the_first_step_does_not_count(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Progress("indexing", Options()) as lines:
        began = time.monotonic()
        monkeypatch.setattr("qa.cli.terminal.progress.time.monotonic", lambda: began + 60)
        lines(12_990, 13_000)
    assert capsys.readouterr().err == ""


class TestQuestions:
    def test_it_tells_how_many_were_asked_in_which_mode(self, screen: Screen) -> None:
        with (
            redirect_stderr(screen),
            Progress("asking", Options(), unit=Unit.QUESTIONS) as bar,
        ):
            bar.in_mode("dense", 7, 40)
            assert "asking (dense)" in screen.wait_for("7/40")

    def test_elsewhere_a_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "_LINE_EVERY", 0)
        output = io.StringIO()
        with (
            redirect_stderr(output),
            Progress("asking", Options(), unit=Unit.QUESTIONS) as bar,
        ):
            bar.in_mode("hybrid", 1200, 4000)
        assert output.getvalue() == "qa: asking (hybrid): 1,200 of 4,000 questions\n"
