"""`qa ask --in PATH`: a separate index in the cache, and no files anywhere else."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import qa
from qa.cli import main
from qa.cli.options import INDEX_VARIABLE
from qa.session import kept
from qa.session.indexed import open_indexed
from tests.support.hashing_encoder import HashingEncoder
from tests.support.processes import child_environment

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
FERRY = "The ferry to Elba leaves at nine. It takes an hour. Dogs travel for free."
QUESTION = "When does the ferry leave?"
ASK = ("ask", QUESTION, "--json", "--min-confidence", "low", "--in")


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def paths(self) -> list[str]:
        return [c["source"]["path"] for c in json.loads(self.out)["citations"]]


Run = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with notes; there is another folder beside it."""
    folder = tmp_path / "here"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "ferry.txt").write_text(FERRY)
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "s.txt").write_text("The secret ferry leaves at midnight.")
    monkeypatch.chdir(folder)
    monkeypatch.delenv(INDEX_VARIABLE, raising=False)
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("qa_index.encoding.opening.open_encoder", lambda *_, **__: HashingEncoder())
    return folder


@pytest.fixture
def run(here: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_main(*arguments: str) -> Result:
        code = main(arguments)
        return Result(code, *capsys.readouterr())

    return run_main


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestWhereItIsKept:
    def test_nothing_is_left_beside_the_files(self, here: Path, run: Run) -> None:
        before = everything(here)
        assert run(*ASK, "notes").code == 0
        assert everything(here) == before
        assert len(kept.all_kept()) == 1

    def test_nothing_is_added_to_an_index_above(self, here: Path, run: Run) -> None:
        run("index", "notes")
        before = everything(here)
        assert run(*ASK, "../private/s.txt").paths == [str(here.parent / "private" / "s.txt")]
        assert run(*ASK, "notes", "--in", "../private/s.txt").code == 0
        assert everything(here) == before
        assert run("ask", "Is there a secret?", "--json").paths == ["notes/ferry.txt"]

    @pytest.mark.parametrize("option", [True, False])
    def test_nothing_is_added_to_an_index_that_is_named(
        self, here: Path, run: Run, monkeypatch: pytest.MonkeyPatch, option: bool
    ) -> None:
        run("index", "notes", "--index", "mine")
        before = everything(here)
        if not option:
            monkeypatch.setenv(INDEX_VARIABLE, "mine")
        named = ("--index", "mine") if option else ()
        assert run(*ASK, "../private/s.txt", *named).code == 0
        assert everything(here) == before

    def test_a_named_index_that_is_missing_is_told(self, run: Run) -> None:
        told = run(*ASK, "notes", "--index", "nowhere")
        assert told.code == 3
        assert "no index at nowhere" in told.err.replace(str(Path.cwd()) + "/", "")

    def test_what_belongs_to_the_index_is_asked_there(self, here: Path, run: Run) -> None:
        run("index", "notes")
        (here / "notes" / "ferry.txt").write_text(FERRY + " Bicycles cost extra.")
        changed = run(*ASK, "notes/ferry.txt")
        assert "into " + str(here / ".qa") in changed.err
        assert changed.paths == ["notes/ferry.txt"]
        assert kept.all_kept() == []

    def test_a_file_that_the_index_leaves_out_does_not_belong_to_it(
        self, here: Path, run: Run
    ) -> None:
        (here / "notes" / "draft.txt").write_text("The draft ferry leaves at one.")
        run("index", "notes", "--exclude", "draft.txt")
        before = everything(here)
        assert run(*ASK, "notes/draft.txt").paths == ["notes/draft.txt"]
        assert everything(here) == before

    @pytest.mark.skipif(not IS_ROOT, reason="needs a mount")
    def test_works_on_read_only_media(self, here: Path, tmp_path: Path) -> None:
        """The real command in a folder that is mounted read-only, with no index above it."""
        code = (
            "from qa.cli import main; from qa_index.encoding import opening;"
            "from tests.support.hashing_encoder import HashingEncoder;"
            "opening.open_encoder = lambda *a, **k: HashingEncoder();"
            f"raise SystemExit(main({(*ASK, 'notes')!r}))"
        )
        script = (
            f"mount --bind {here} {here} && mount -o remount,ro,bind {here} && cd {here} && "
            f'! touch x 2>/dev/null && exec {sys.executable} -c "$CODE"'
        )
        environment = child_environment(CODE=code, QA_CACHE=str(tmp_path / "cache"))
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if "unshare" in done.stderr or "mount:" in done.stderr:
            pytest.skip("nothing can be mounted here")
        assert done.returncode == 0, done.stderr
        assert Result(0, done.stdout, "").paths == ["notes/ferry.txt"]

    def test_a_cache_that_cannot_be_written_is_told(
        self, here: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (here / "file").write_text("")
        monkeypatch.setenv("QA_CACHE", str(here / "file" / "cache"))
        told = run(*ASK, "notes")
        assert (told.code, told.out) == (3, "")
        assert "set QA_CACHE to a folder that can be written" in told.err

    def test_only_the_user_can_read_it(self, run: Run) -> None:
        run(*ASK, "notes")
        assert kept.kept_folder().stat().st_mode & 0o777 == 0o700

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user"
    )
    def test_those_of_another_user_are_not_asked(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A cache folder may be shared, and anyone can compute the name of an index."""
        monkeypatch.delenv("SUDO_UID", raising=False)
        citation = json.loads(run(*ASK, "notes").out)["citations"][0]["id"]
        assert run("show", citation).code == 0
        os.chown(kept.kept_folder(), 65534, 65534)
        told = run(*ASK, "notes")
        assert (told.code, told.out) == (3, "")
        assert "it belongs to another user; set QA_CACHE" in told.err
        assert run("show", citation).code == 3
        assert kept.all_kept() == []

    def test_what_cannot_be_indexed_leaves_nothing(self, here: Path, run: Run) -> None:
        (here / "notes" / "scan.pdf").write_bytes(b"%PDF-1.4 \x00\x01")
        told = run(*ASK, "notes/scan.pdf")
        assert told.code == 2
        assert "scan.pdf" in told.err
        assert list(kept.kept_folder().iterdir()) == []


class TestWhatItAnswers:
    def test_paths_open_from_the_working_folder(
        self, here: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert run(*ASK, "notes").paths == ["notes/ferry.txt"]
        monkeypatch.chdir("notes")
        assert run(*ASK, str(here / "notes")).paths == ["ferry.txt"]
        monkeypatch.chdir(here.parent / "private")
        outside = run(*ASK, "../here/notes")
        assert outside.paths == [str(here / "notes" / "ferry.txt")]
        assert outside.err == ""
        assert len(kept.all_kept()) == 1

    def test_filters_are_meant_from_there(self, here: Path, run: Run) -> None:
        (here / "notes" / "other.txt").write_text("The other ferry leaves at ten.")
        found = run(*ASK, "notes", "--filter", "notes/other*")
        assert found.paths == ["notes/other.txt"]

    def test_it_is_kept_up_to_date(self, here: Path, run: Run) -> None:
        assert run(*ASK, "notes").err.startswith("qa: indexed 1 document,")
        assert run(*ASK, "notes").err == ""
        (here / "notes" / "new.txt").write_text("The new ferry leaves at eight.")
        assert run(*ASK, "notes").err.startswith("qa: indexed 2 documents")
        (here / "notes" / "ferry.txt").unlink()
        assert run(*ASK, "notes").paths == ["notes/new.txt"]

    def test_what_is_damaged_is_made_again(self, run: Run) -> None:
        first = run(*ASK, "notes")
        for name in ("CURRENT", "gen-*/manifest.json"):
            [own] = kept.all_kept()
            [file] = own.glob(name)
            file.write_bytes(b"nonsense")
            again = run(*ASK, "notes")
            assert (again.code, again.paths) == (0, first.paths)

    def test_a_source_that_changed_meanwhile_is_stale(self, here: Path) -> None:
        opened = open_indexed(["notes"])
        (here / "notes" / "ferry.txt").write_text("Gone.")
        with opened.session as session:
            [citation] = session.ask(QUESTION, within=opened.places).citations
        assert citation.source.stale
        assert not citation.verify().verified

    def test_its_citations_are_shown(self, here: Path, run: Run) -> None:
        answer = json.loads(run(*ASK, "notes").out)
        citation = answer["citations"][0]
        by_id = run("show", citation["id"], "--json")
        assert json.loads(by_id.out)["quote"] == citation["quote"]
        by_place = run("show", "notes/ferry.txt:1", "--json")
        assert by_place.out == by_id.out

    def test_its_citations_are_shown_where_there_is_another_index(self, run: Run) -> None:
        run("index", "notes")
        answer = json.loads(run(*ASK, "../private/s.txt").out)
        shown = run("show", answer["citations"][0]["id"], "--json")
        assert json.loads(shown.out)["quote"] == "The secret ferry leaves at midnight."
        assert run("show", "feedfeedfeedfeed").code == 2

    @pytest.mark.parametrize("indexed", [False, True])
    def test_its_answers_are_verified(self, here: Path, run: Run, indexed: bool) -> None:
        if indexed:  # then relative paths start elsewhere
            (here.parent / "museum.md").write_text("The museum is closed.")
            run("index", "../museum.md", "--index", "../.qa")
        for paths in (["notes"], ["../private"], ["notes", "--in", "../private"]):
            answer = run(*ASK, *paths)
            (here / "saved.json").write_text(answer.out)
            checked = run("verify", "saved.json", "--json")
            assert checked.code == 0, (paths, checked.out)
            assert {c["verdict"] for c in json.loads(checked.out)["citations"]} == {"verified"}
        (here.parent / "private" / "s.txt").write_text("Changed.")
        assert run("verify", "saved.json").code == 1

    def test_files_that_were_not_asked_are_not_opened(self, here: Path, run: Run) -> None:
        answer = json.loads(run(*ASK, "../private").out)
        answer["citations"][0]["source"]["path"] = str(here.parent / "other.txt")
        (here.parent / "other.txt").write_text("x")
        (here / "saved.json").write_text(json.dumps(answer))
        [checked] = json.loads(run("verify", "saved.json", "--json").out)["citations"]
        assert checked["verdict"] == "not_checked"


class TestHowMuchIsKept:
    @pytest.fixture
    def ask(self, here: Path) -> Callable[[int], Path]:
        def ask(number: int) -> Path:
            file = here / f"{number}.txt"
            if not file.exists():
                file.write_text(f"The ferry number {number} leaves at nine.")
            with open_indexed([file]).session as session:
                return session.folder

        return ask

    def test_the_least_recently_used_go(
        self, ask: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kept, "MAX_COUNT", 3)
        folders = [ask(number) for number in range(3)]
        ask(0)
        newest = ask(3)
        assert kept.all_kept() == [newest, folders[0], folders[2]]
        names = {path.name for path in kept.kept_folder().iterdir()}
        own = {folder.name for folder in kept.all_kept()}
        assert names == own | {f"{name}.lock" for name in own} | {"last"}

    def test_so_they_do_beyond_a_size(
        self, ask: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = ask(0)
        size = sum(path.stat().st_size for path in first.rglob("*"))
        monkeypatch.setattr(kept, "MAX_SIZE", size * 5 // 2)
        folders = [first, ask(1), ask(2)]
        assert kept.all_kept() == folders[:0:-1]
        monkeypatch.setattr(kept, "MAX_SIZE", 1)
        assert [ask(3)] == kept.all_kept()

    @pytest.mark.skipif(os.name == "nt", reason="locks of Unix")
    def test_one_that_another_process_has_open_stays(
        self, ask: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kept, "MAX_COUNT", 1)
        first = ask(0)
        code = f"import qa, sys; s = qa.open({str(first)!r}); print(flush=True); sys.stdin.read()"
        with subprocess.Popen(
            [sys.executable, "-c", code],
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other:
            assert other.stdout
            other.stdout.readline()
            second = ask(1)
            assert kept.all_kept() == [second, first]
            other.communicate(b"")
        third = ask(2)
        assert kept.all_kept() == [third]

    def test_many_at_once_make_one(self, here: Path) -> None:
        code = (
            "from qa_index.encoding import opening;"
            "from tests.support.hashing_encoder import HashingEncoder;"
            "opening.open_encoder = lambda *a, **k: HashingEncoder();"
            "from qa.session.indexed import open_indexed;"
            f"print(len(open_indexed(['notes']).session.ask({QUESTION!r}).citations))"
        )
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", code],
                env=child_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        ends: list[Any] = [process.communicate(timeout=120) for process in processes]
        assert [out for out, _ in ends] == ["1\n"] * 3, ends
        assert len(kept.all_kept()) == 1


def test_the_library_opens_one_by_its_folder(here: Path) -> None:
    with open_indexed(["notes"]).session as session:
        folder = session.folder
    with qa.open(folder) as session:
        assert [c.source.path for c in session.ask(QUESTION).citations] == ["notes/ferry.txt"]
