"""The prompt of ``qa ask``, typed at on a real terminal."""

import re
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.cli.asking import history, prompt
from qa.cli.asking.history import History
from qa.cli.asking.prompt import Asking, converse
from qa.cli.options import Options
from tests.support.cache import own_cache
from tests.support.command import COMMAND, environment, run_command
from tests.support.typing import Typed

PROMPT = "\n? "
ESCAPES = re.compile(r"\x1b\[[?\d;]*[a-zA-Z]|\x1b\]8;;[^\x1b]*\x1b\\")
UP = "\x1b[A"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index. Tests must not change it."""
    folder = tmp_path_factory.mktemp("notes")
    (folder / "ferry.txt").write_text("The ferry leaves at nine.\n\nDogs are allowed on board.\n")
    for number in range(8):
        (folder / f"{number}.txt").write_text(f"The ferry {number} has a red funnel.")
    assert run_command("index", ".", folder=folder).returncode == 0
    return folder


def ask(folder: Path, *arguments: str, home: Path, **changes: str) -> Typed:
    own = {"QA_HISTORY": str(home / "history"), "NO_COLOR": "1", "COLUMNS": "", **changes}
    return Typed([*COMMAND, "ask", *arguments], folder=folder, environment=environment(**own))


def said(printed: str) -> str:
    return ESCAPES.sub("", printed)


def test_a_sitting(notes: Path, tmp_path: Path) -> None:
    with ask(notes, home=tmp_path) as typed:
        assert said(typed.until("? ")).startswith("qa: 9 documents; type a question, help, or")
        typed.type("When does the ferry leave?\n")
        printed = said(typed.until(PROMPT))
        assert re.search(r"ikely \(\d+%\)\n\n1  ferry\.txt:1\b", printed)
        assert "`qa show" not in printed
        typed.type("show 1\n")
        assert "1 ▌ The ferry leaves at nine." in said(typed.until(PROMPT))
        typed.type("2\n")
        assert " has a red funnel." in said(typed.until(PROMPT))
        typed.type("full\n")
        assert "Dogs are allowed on board." in said(typed.until(PROMPT))
        typed.type("more\n")
        assert "\n9  " in said(typed.until(PROMPT))
        typed.type("more\n")
        assert "qa: there are no more passages" in said(typed.until(PROMPT))
        typed.type("show 40\n")
        assert "qa: the last answer has 9 passages" in said(typed.until(PROMPT))
        typed.type("help\n")
        assert "passage 2 in its surroundings" in said(typed.until(PROMPT))
        typed.type('"help"\n')
        assert "No answer." in said(typed.until(PROMPT))
        typed.type("quit\n")
        typed.rest()
        assert typed.code() == 0


def test_a_follow_up(notes: Path, tmp_path: Path) -> None:
    with ask(notes, home=tmp_path) as typed:
        typed.until("? ")
        typed.type("& when?\n")
        assert "qa: nothing was asked yet" in said(typed.until(PROMPT))
        typed.type("When does the ferry leave?\n")
        assert "Read with" not in said(typed.until(PROMPT))
        typed.type("& are dogs allowed?\n")
        told = 'Read with the question before: "When does the ferry leave?"'
        assert told in said(typed.until(PROMPT))
        typed.type("more\n")
        printed = said(typed.until(PROMPT))
        assert told in printed
        assert "\n9  " in printed
        typed.type("&\n")
        assert "qa: & needs a question" in said(typed.until(PROMPT))
        typed.type('"& dogs"\n')
        assert "Read with" not in said(typed.until(PROMPT))
        typed.type("quit\n")
        typed.rest()
        assert typed.code() == 0


def test_keys(notes: Path, tmp_path: Path) -> None:
    pytest.importorskip("readline")
    file = tmp_path / "state" / "history"
    changes = {"QA_HISTORY": str(file)}
    with ask(notes, home=tmp_path, **changes) as typed:
        typed.until("? ")
        typed.type("show 2\n")
        assert "qa: nothing was asked yet" in typed.until(PROMPT)
        typed.type("half a question")
        typed.until("half a question")
        time.sleep(
            0.5
        )  # a signal that comes between two waits for a key is noticed at the next key
        typed.type("\x03")
        typed.until(PROMPT)
        typed.type("\x04")
        assert typed.rest().endswith("\n")
        assert typed.code() == 0
    assert file.read_text() == "show 2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with ask(notes, "--no-history", home=tmp_path, **changes) as typed:
        typed.until("? ")
        typed.type("open 3\n")
        typed.until(PROMPT)
        typed.type(f"{UP}{UP}\n")  # there is one line alone
        assert "qa: nothing was asked yet" in typed.until(PROMPT)
        typed.type("\x04")
        typed.rest()
    assert file.read_text() == "show 2\n"
    with ask(notes, home=tmp_path, **changes) as typed:
        typed.until("? ")
        typed.type(UP)
        typed.until("show 2")
        typed.type("\n")
        assert "qa: nothing was asked yet" in typed.until(PROMPT)


def test_each_question_is_asked_of_the_files_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    file = tmp_path / "notes" / "ferry.txt"
    file.write_text("The ferry leaves at nine.")
    cache = {"QA_CACHE": own_cache(tmp_path / "cache")}
    with ask(tmp_path, "--in", "notes", home=tmp_path, **cache) as typed:
        typed.until("? ")
        typed.type("When does the ferry leave?\n")
        assert "nine" in typed.until(PROMPT)
        file.write_text("The ferry leaves at eleven.")
        typed.type("When does the ferry leave?\n")
        assert "eleven" in typed.until(PROMPT)
        typed.type("show 1\n")
        assert "eleven" in typed.until(PROMPT)


def test_it_works_without_readline(notes: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['readline'] = None; from qa.cli import main; sys.exit(main())"
    own = environment(QA_HISTORY=str(tmp_path / "history"), NO_COLOR="1")
    command = [sys.executable, "-c", code, "ask"]
    with Typed(command, folder=notes, environment=own) as typed:
        typed.until("? ")
        typed.type("show 2\n")
        assert "qa: nothing was asked yet" in typed.until(PROMPT)
        typed.type("\x04")
        typed.rest()
        assert typed.code() == 0
    assert (tmp_path / "history").read_text() == "show 2\n"


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_without_a_terminal_a_question_is_needed(notes: Path, arguments: tuple[str, ...]) -> None:
    result = run_command("ask", *arguments, folder=notes)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "qa: Missing argument 'QUESTION'; see `qa ask --help`\n"


def test_for_json_a_question_is_needed(notes: Path, tmp_path: Path) -> None:
    with ask(notes, "--json", home=tmp_path) as typed:
        assert typed.rest() == "qa: Missing argument 'QUESTION'; see `qa ask --help`\n"
        assert typed.code() == 2


class TestConverse:
    """With an answerer that does as it is told."""

    @pytest.fixture(autouse=True)
    def _private(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv(history.VARIABLE, str(tmp_path / "history"))
        with Path("/dev/null").open() as nothing:
            monkeypatch.setattr(sys, "stdin", nothing)
            yield

    @pytest.fixture
    def lines(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        typed: list[str] = []

        def read(shown: str) -> str:
            assert shown == prompt.PROMPT
            if not typed:
                raise EOFError
            return typed.pop(0)

        monkeypatch.setattr("builtins.input", read)
        return typed

    def hold(self, answer: Any) -> int:
        asking = Asking(_Opened(), answer, lambda *_: True, Options(quiet=True), 5, False)  # type: ignore[arg-type]
        return converse(asking, keep_history=True)

    def test_an_interrupted_question_does_not_end_it(
        self, lines: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines += ["first", "second", "third"]
        asked = []

        def answer(question: str, *_: object) -> None:
            asked.append(question)
            if question == "first":
                raise KeyboardInterrupt
            if question == "second":
                raise qa.StaleSource("notes.txt changed")

        assert self.hold(answer) == 0
        assert asked == ["first", "second", "third"]
        assert capsys.readouterr().err == "qa: cancelled\nqa: notes.txt changed\n"

    def test_it_ends_if_nobody_reads(self, lines: list[str]) -> None:
        lines += ["first", "second"]
        asking = Asking(_Opened(), lambda *_: None, lambda *_: False, Options(quiet=True), 5, False)  # type: ignore[arg-type]
        assert converse(asking, keep_history=False) == 0
        assert lines == ["second"]


class _Counts:
    documents = 1


class _Opened:
    """An index with one document."""

    def __init__(self) -> None:
        self.session = self.index = self
        self.counts = _Counts()

    def pinned(self) -> "_Opened":
        return self

    def update(self) -> None:
        pass


class TestHistory:
    @pytest.fixture(autouse=True)
    def _restored(self) -> Iterator[None]:
        readline = pytest.importorskip("readline")
        yield
        readline.clear_history()
        readline.set_auto_history(True)

    def test_only_the_latest_are_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(history, "MOST", 3)
        file = tmp_path / "history"
        file.write_text("".join(f"{number}\n" for number in range(7)))
        one = History(file)
        assert file.read_text() == "4\n5\n6\n"
        for line in ("new", "new", "caf\udce9"):
            one.add(line)
        assert file.read_bytes() == b"4\n5\n6\nnew\ncaf\xe9\n"
        assert list(tmp_path.iterdir()) == [file]

    def test_nothing_fails_if_it_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        History(tmp_path / "file" / "history").add("a question")

    def test_a_file_that_others_could_read_is_made_private(self, tmp_path: Path) -> None:
        file = tmp_path / "history"
        file.write_text("")
        file.chmod(0o644)
        History(file).add("a question")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    @pytest.mark.parametrize(("named", "kept"), [("", None), ("/x/y", Path("/x/y"))])
    def test_the_variable_names_it(
        self, named: str, kept: Path | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(history.VARIABLE, named)
        assert history.history_file() == kept
