"""Every command, run in this process and without a model."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from qa.answers import Confidence
from qa.cli import main
from qa.cli.commands.ask import ConfidenceName, ModeName
from qa.cli.options import INDEX_VARIABLE
from qa_index.encoding.models import DEFAULT_MODEL
from qa_index.search.query import Mode
from tests.faults import hostile
from tests.support.hashing_encoder import HashingEncoder

FERRY = "The ferry to Elba leaves at nine. It takes an hour. Dogs travel for free."
BAKER = "The baker opens at six. Bread is sold out by noon."
MUSEUM = "# Museum\n\nOpening hours\n\nThe museum is closed on Mondays. Entry is free for children."


class Result(NamedTuple):
    """The result of running the command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


FERRY_QUESTION = "When does the ferry leave?"

Run = Callable[..., Result]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Runs ``qa`` in a folder with three notes, with an encoder that needs no model."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "ferry.txt").write_text(FERRY)
    (notes / "baker.txt").write_text(BAKER)
    (tmp_path / "museum.md").write_text(MUSEUM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(INDEX_VARIABLE, raising=False)
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "qa_index.encoding.opening.open_encoder", lambda *names, **options: HashingEncoder()
    )

    def run_main(*arguments: str) -> Result:
        code = main(arguments)
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    loggers = [logging.getLogger(name) for name in ("qa", "qa_index", "qa_eval")]
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    yield run_main
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.mark.parametrize("damage", ["CURRENT", "manifest.json", "passages"])
def test_the_remedy_for_a_damaged_index_can_be_followed(run: Run, damage: str) -> None:
    run("index", "notes")
    [file] = Path(".qa").glob(damage if damage == "CURRENT" else f"gen-*/{damage}")
    file.write_bytes(file.read_bytes()[:-7])
    for command in (["status"], ["index"], ["index", "notes"], ["ask", "When does it leave?"]):
        told = run(*command)
        assert (told.code, told.err.count("\n")) == (3, 1), command
        assert "run `qa index --full PATH`" in told.err
    assert run("index", "--full", "notes").code == 0
    assert run("ask", "When does the ferry leave?", "--min-confidence", "low").code == 0


def saved_answer(run: Run, *options: str) -> dict[str, Any]:
    """The JSON of an answer over an index of everything."""
    run("index", "notes", "museum.md", "--quiet")
    answer: dict[str, Any] = run("ask", "When does the ferry leave?", "--json", *options).json
    return answer


class TestIndex:
    def test_tells_what_it_did_and_what_it_skipped(self, run: Run) -> None:
        Path("notes/scan.pdf").write_bytes(b"%PDF")
        result = run("index", "notes")
        assert result.code == 0
        assert result.out.startswith("indexed 2 documents, 2 passages in ")
        assert result.out.endswith("(2 added, 1 skipped)\n")
        assert result.err.startswith("qa: skipped notes/scan.pdf: ")

    def test_again_there_is_nothing_to_do(self, run: Run) -> None:
        run("index", "notes")
        assert run("index").out == "up to date: 2 documents, 2 passages\n"

    def test_changes_are_counted(self, run: Run) -> None:
        run("index", "notes")
        Path("notes/ferry.txt").write_text(FERRY + " Bicycles cost extra.")
        Path("notes/baker.txt").unlink()
        Path("notes/new.txt").write_text("The harbour has a crane.")
        dry = run("index", "--dry-run")
        assert dry.out == (
            "would index: 1 added, 1 changed, 1 removed\n"
            "  added   notes/new.txt\n  changed notes/ferry.txt\n  removed notes/baker.txt\n"
        )
        assert run("index").out.endswith("(1 added, 1 changed, 1 removed)\n")

    def test_a_root_that_is_gone_is_kept_until_it_is_pruned(self, run: Run) -> None:
        run("index", "notes", "museum.md")
        Path("notes").rename("elsewhere")
        assert run("index") == Result(
            2,
            "",
            "qa: notes is gone; the index is unchanged and still holds its documents (2): bring it "
            "back, or forget it and them with `qa index --prune`\n",
        )
        assert run("ask", "When does the ferry leave?", "--min-confidence", "low").code == 0
        assert run("index", "--prune").out.endswith("(2 removed)\n")
        assert run("status", "--json").json["fresh"] is True

    @pytest.mark.parametrize("damaged", [False, True])
    def test_full_keeps_the_model(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, damaged: bool
    ) -> None:
        asked: list[str] = []

        def open_encoder(name: str, **_: object) -> HashingEncoder:
            asked.append(name)
            return HashingEncoder()

        monkeypatch.setattr("qa_index.encoding.opening.open_encoder", open_encoder)
        run("index", "notes", "--model", "somebody/model")
        if damaged:
            [texts] = Path(".qa").glob("gen-*/texts.utf8")
            texts.write_bytes(b"")
        run("index", "--full", *(["notes"] if damaged else []))
        assert asked == ["somebody/model", "test-hashing"]  # the encoder's own name

    def test_full_says_that_the_model_is_not_known_any_more(self, run: Run) -> None:
        run("index", "notes")
        [manifest] = Path(".qa").glob("gen-*/manifest.json")
        manifest.write_bytes(b"{}")
        told = run("index", "--full", "notes")
        assert told.code == 0
        assert told.err.endswith(f"/.qa: the model is not known any more, taking {DEFAULT_MODEL}\n")

    def test_patterns_need_a_path(self, run: Run) -> None:
        run("index", "notes")
        for option in ("--include", "--exclude"):
            told = run("index", option, "*.md")
            assert (told.code, told.err.count("\n")) == (2, 1)
            assert "name PATH" in told.err

    def test_json(self, run: Run) -> None:
        report = run("index", "notes", "--json").json
        assert report["schema"] == "qa.index/1"
        assert report["added"] == ["notes/baker.txt", "notes/ferry.txt"]
        assert (report["documents"], report["dry_run"], report["skipped"]) == (2, False, [])

    def test_what_tools_make_is_left_out_and_said(self, run: Run) -> None:
        for name in ("node_modules/x/README.md", "package-lock.json"):
            path = Path("notes", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("Made by a tool.")
        result = run("index", "notes")
        assert result.out.endswith("(2 added, 2 left out)\n")
        assert result.err == (
            "qa: left out 2 files and folders that tools make (node_modules, package-lock.json); "
            "--no-default-excludes takes them in\n"
        )
        assert run("index", "notes", "--json").json["left_out"] == [
            "notes/node_modules",
            "notes/package-lock.json",
        ]
        assert run("index").err == ""  # shown only once
        refused = run("index", "--no-default-excludes")
        assert (refused.code, refused.err) == (
            2,
            "qa: --include, --exclude and --no-default-excludes apply to the paths they are given "
            "with; name PATH\n",
        )
        assert run("index", "notes", "--no-default-excludes").out.endswith("(2 added)\n")
        assert run("status", "--json").json["roots"][0]["default_excludes"] is False

    def test_patterns_start_from_the_folder_of_the_index_or_from_here(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Path("notes/deep").mkdir()
        Path("notes/deep/boat.txt").write_text("The boat is blue.")
        run("index", ".", "--exclude", "/notes/b*.txt")
        assert len(run("status", "--documents", "--json").json["sources"]) == 3
        monkeypatch.chdir("notes")
        run("index", "..", "--exclude", "deep/*.txt", "--exclude", "/ferry.txt")
        documents = run("status", "--documents", "--json").json["sources"]
        assert [each["path"] for each in documents] == ["museum.md", "notes/baker.txt"]

    def test_many_skipped_files_are_told_of_in_few_lines(self, run: Run) -> None:
        for number in range(30):
            Path(f"notes/{number:02}.pdf").write_bytes(b"%PDF")
        for number in range(2):
            Path(f"notes/{number:02}.txt").write_bytes(b"a\0")
        lines = run("index", "notes").err.splitlines()
        assert len(lines) == 3
        assert lines[0].startswith("qa: skipped 30 files: ")
        assert lines[0].endswith("(notes/00.pdf, notes/01.pdf, notes/02.pdf and 27 more)")
        assert lines[1].startswith("qa: skipped notes/00.txt: it holds NUL")
        assert len(run("index", "notes", "--verbose").err.splitlines()) == 32

    def test_skipped_files_with_many_reasons_are_told_of_in_few_lines(self, run: Run) -> None:
        for number in range(30):
            Path(f"notes/{number:02}.x{number}").write_bytes(b"a")
        lines = run("index", "notes").err.splitlines()
        assert len(lines) == 21
        assert lines[-1] == "qa: ... and 10 more; --verbose lists all"

    def test_documents_that_lack_something_are_told_of(self, run: Run) -> None:
        run("index", "notes")
        pages = b"<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>"
        picture = b"<</Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent 8"
        objects = [
            b"<</Type/Catalog/Pages 2 0 R>>",
            pages,
            hostile._PAGE % hostile._FONT,
            hostile.stream(b"BT /A 10 Tf 50 700 Td (hello) Tj ET", filters=b""),
            hostile._PAGE.replace(b"4 0 R", b"6 0 R") % b"/XObject<</I 7 0 R>>",
            hostile.stream(b"600 0 0 800 0 0 cm /I Do", filters=b""),
            hostile.stream(bytes(81), picture[2:] + b"/ColorSpace/DeviceGray", filters=b""),
        ]
        Path("notes/scan.pdf").write_bytes(hostile.pdf(objects))
        lines = run("index").err.splitlines()
        told = (
            "1 document was read only in part or not surely, such as notes/scan.pdf; "
            "`qa status --verbose` tells why"
        )
        assert f"qa: {told}" in lines
        assert "page 2" in run("status", "--verbose").out

    def test_known_skipped_files_are_counted(self, run: Run) -> None:
        for number in range(3):
            Path(f"notes/{number:02}.pdf").write_bytes(b"%PDF")
        first = run("index", "notes", "--json").json
        assert [len(first[name]) for name in ("skipped", "newly_skipped")] == [3, 3]
        for path in ([], ["notes"], ["--full"]):
            assert run("index", *path).err == "qa: 3 skipped as before; --verbose lists them\n"
        Path("notes/new.pdf").write_bytes(b"%PDF")
        told = run("index").err.splitlines()
        assert told[0].startswith("qa: skipped notes/new.pdf: ")
        assert told[1:] == ["qa: 3 skipped as before; --verbose lists them"]
        assert run("index").err == "qa: 4 skipped as before; --verbose lists them\n"
        assert len(run("index", "--verbose").err.splitlines()) == 4
        assert run("status").out.count("skipped  notes/") == 4

    def test_tells_of_what_an_interrupted_run_left(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("qa_index.building.write.Assembler.finish", interrupt)
            patched.setattr("qa_index.building.write.WINDOW", 1)
            stopped = run("index", "notes")
        assert (stopped.code, stopped.err) == (
            130,
            "qa: interrupted; there is no index yet; what was encoded is kept, "
            "run the same command again to go on from there\n",
        )
        assert run("index", "notes").out.endswith("(2 added, 2 passages from an interrupted run)\n")

    def test_quiet(self, run: Run) -> None:
        Path("notes/scan.pdf").write_bytes(b"%PDF")
        assert run("index", "notes", "--quiet") == Result(0, "", "")

    def test_a_dry_run_tells_what_is_skipped_and_that_there_is_nothing_else(self, run: Run) -> None:
        Path("notes/scan.pdf").write_bytes(b"%PDF")
        run("index", "notes")
        dry = run("index", "--dry-run")
        assert dry.out == "would index: nothing, all is up to date (1 skipped)\n"
        assert (
            run("index", "--dry-run", "--full").out == "would index: all of it anew (1 skipped)\n"
        )

    def test_in_a_subfolder_it_finds_the_index_above(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("index", "notes")
        monkeypatch.chdir("notes")
        Path("new.txt").write_text("The harbour has a crane.")
        assert run("index", "new.txt").out.startswith("indexed 3 documents")
        assert not Path(".qa").exists()


class TestSharedOptions:
    @pytest.mark.parametrize(
        "arguments",
        [("--index", "here", "status"), ("status", "--index", "here"), ("status",)],
    )
    def test_the_index_can_be_named_on_either_side(
        self, run: Run, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("index", "notes", "--index", "here")
        if "--index" not in arguments:
            monkeypatch.setenv(INDEX_VARIABLE, "here")
        assert run(*arguments).code == 0

    def test_an_option_outweighs_the_variable(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("index", "notes", "--index", "here")
        monkeypatch.setenv(INDEX_VARIABLE, "nowhere")
        assert run("--index", "here", "status").code == 0
        assert run("status").code == 3

    def test_an_internal_error_is_one_line_and_verbose_adds_the_traceback(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("index", "notes")
        monkeypatch.setattr("qa.status.state_of", lambda *_, **__: 1 / 0)
        brief = run("status")
        assert (brief.code, brief.out) == (70, "")
        assert brief.err == (
            "qa: internal error: ZeroDivisionError: division by zero; "
            "run with --verbose for a traceback\n"
        )
        assert "Traceback (most recent call last)" in run("status", "--verbose").err

    def test_interrupted_indexing_says_what_is_left(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("qa_index.building.build.build", interrupted)
            told = "qa: interrupted; there is no index yet\n"
            assert run("index", "notes") == Result(130, "", told)
        assert run("index", "notes").code == 0
        monkeypatch.setattr("qa_index.building.build.build", interrupted)
        told = "qa: interrupted; the index is as it was before\n"
        assert run("index", "notes") == Result(130, "", told)

    def test_notes_of_the_library_are_lines_and_quiet_hides_them(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def logging_encoder(*_: object, **__: object) -> HashingEncoder:
            logging.getLogger("qa_index.encoding").warning("cannot keep\n%s", "the model")
            return HashingEncoder()

        monkeypatch.setattr("qa_index.encoding.opening.open_encoder", logging_encoder)
        assert run("index", "notes").err == "qa: warning: cannot keep\\x0athe model\n"
        assert run("index", "museum.md", "--quiet").err == ""


class TestAsk:
    def test_its_choices_are_those_of_the_library(self) -> None:
        assert get_args(ModeName) == tuple(map(str, Mode))
        assert get_args(ConfidenceName) == tuple(map(str, Confidence))

    def test_in_keeps_to_its_paths(self, run: Run) -> None:
        run("index", "notes", "museum.md")
        asked = ("ask", "When is it free?", "--json", "--min-confidence", "low")
        inside = run(*asked, "--in", "notes").json
        assert {c["source"]["path"] for c in inside["citations"]} <= {
            "notes/ferry.txt",
            "notes/baker.txt",
        }
        both = run(*asked, "--in", "notes/baker.txt", "--in", "museum.md").json
        assert {c["source"]["path"] for c in both["citations"]} == {
            "notes/baker.txt",
            "museum.md",
        }
        filtered = run(*asked, "--in", "notes", "--filter", "*ferry*").json
        assert [c["source"]["path"] for c in filtered["citations"]] == ["notes/ferry.txt"]

    def test_filters_of_every_kind(self, run: Run, tmp_path: Path) -> None:
        tagged = "---\ndate: 2024-03\ntags: [Isle]\n---\n# Elba\n\nThe ferry leaves at ten.\n"
        (tmp_path / "notes" / "elba.md").write_text(tagged)
        run("index", "notes", "museum.md")

        def paths(*options: str) -> set[str]:
            asked = run("ask", FERRY_QUESTION, "-k", "9", *options, "--json").json
            return {each["source"]["path"] for each in asked["citations"]}

        elba = {"notes/elba.md"}
        assert paths("--filter", "elba*", "--filter", "museum*") == elba | {"museum.md"}
        assert paths("--type", "markdown", "--type", "pdf") == elba | {"museum.md"}
        assert paths("--tag", "ISLE") == paths("--heading", "elba") == elba
        assert paths("--since", "2024-03-31", "--until", "2024") == elba
        assert "notes/elba.md" not in paths("--until", "2023")
        nothing = run("ask", FERRY_QUESTION, "--language", "xx", "--json")
        assert (nothing.code, nothing.json["reason"]) == (1, "filtered_out")
        assert "no document is in 'xx'" in nothing.err
        refused = run("ask", FERRY_QUESTION, "--since", "03/04/2024")
        assert (refused.code, refused.out) == (2, "")
        assert "since must be a year, month or day" in refused.err
        shown = run("status", "--documents").out
        assert "2024-03     front matter  markdown  notes/elba.md  #isle" in shown
        [told] = [
            each
            for each in run("status", "--documents", "--json").json["sources"]
            if each["path"] == "notes/elba.md"
        ]
        assert (told["date"], told["date_from"], told["tags"]) == (
            "2024-03",
            "front_matter",
            ["isle"],
        )

    @pytest.mark.parametrize(
        ("here", "pattern", "found"),
        [
            (".", "*.md", ["museum.md", "notes/deep/isle.md"]),
            (".", "deep/", ["notes/deep/isle.md"]),
            (".", "notes/*.txt", ["notes/baker.txt", "notes/ferry.txt"]),
            (".", "/notes/*.md", []),
            (".", "**/isle.md", ["notes/deep/isle.md"]),
            (".", "!notes/", ["museum.md"]),
            ("notes", "deep/*.md", ["notes/deep/isle.md"]),
            ("notes", "notes/*.txt", ["notes/baker.txt", "notes/ferry.txt"]),
            ("notes", "/*.txt", ["notes/baker.txt", "notes/ferry.txt"]),
            ("notes/deep", "../*.txt", ["notes/baker.txt", "notes/ferry.txt"]),
        ],
    )
    def test_a_filter_is_a_pattern_as_in_gitignore(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, here: str, pattern: str, found: list[str]
    ) -> None:
        Path("notes/deep").mkdir()
        Path("notes/deep/isle.md").write_text("The isle has a lighthouse and a ferry.")
        run("index", ".")
        monkeypatch.chdir(here)
        asked = ("ask", "ferry bread museum isle", "--filter", pattern, "--min-confidence", "low")
        result = run(*asked, "--json")
        if found:
            assert sorted(each["source"]["path"] for each in result.json["citations"]) == found
        else:
            assert (result.code, result.err.count("\n")) == (2, 1)

    def test_one_string_is_one_place_or_pattern(self, run: Run) -> None:
        import qa

        for include in ("*.md", ["*.md"]):
            qa.index(".", into=".qa", include=include, full=True)
            assert [d.path for d in qa.open(".qa").index.documents()] == ["museum.md"]
        qa.index(".", into=".qa")
        answerer = qa.open(".qa")
        for within in ("notes", ["notes"]):
            answer = answerer.ask("ferry bread museum", within=within, min_confidence="low")
            assert {c.source.path for c in answer.citations} == {
                "notes/baker.txt",
                "notes/ferry.txt",
            }
        answer = answerer.ask("ferry bread museum", filter="*.md", min_confidence="low")
        assert [c.source.path for c in answer.citations] == ["museum.md"]

    def test_in_indexes_what_is_new_and_what_changed(self, run: Run) -> None:
        first = run("ask", "When does the ferry leave?", "--in", "notes/ferry.txt", "--json")
        assert first.err.startswith("qa: indexed 1 document, 1 passage in ")
        more = run("ask", "When does the baker open?", "--in", "notes", "--json")
        assert more.err.startswith("qa: indexed 2 documents")
        assert run("ask", "When does the baker open?", "--in", "notes", "--json").err == ""
        Path("notes/baker.txt").write_text(BAKER + " The oven is hot.")
        changed = run("ask", "Is the oven hot?", "--in", "notes", "--json")
        assert changed.json["citations"][0]["quote"].endswith("The oven is hot.")

    def test_other_paths_answer_while_a_root_is_gone(self, run: Run) -> None:
        run("index", "notes", "museum.md")
        Path("museum.md").unlink()
        asked = ("ask", "When does the ferry leave?", "--min-confidence", "low", "--in")
        fresh = run(*asked, "notes")
        assert (fresh.code, fresh.err) == (
            0,
            "qa: warning: museum.md is gone since it was indexed\n",
        )
        Path("notes/ferry.txt").write_text(FERRY + " Bicycles cost extra.")
        changed = run(*asked, "notes")
        assert changed.code == 0
        assert "warning: museum.md is gone; " in changed.err
        assert "answering from it as it is" in changed.err

    def test_a_kept_index_follows_its_paths(self, run: Run) -> None:
        asked = ("ask", "When does the ferry leave?", "--min-confidence", "low", "--in", "notes")
        run(*asked)
        Path("notes").rename("elsewhere")
        Path("notes").mkdir()
        told = run(*asked)
        assert told.code == 2
        assert told.err.startswith("qa: nothing to index: no text in ")

    def test_in_uses_an_index_that_cannot_be_written(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from qa_index.errors import IndexNotWritable

        def unwritable(*_: object, **__: object) -> None:
            raise IndexNotWritable("cannot write .qa: read-only")

        run("index", "notes")
        monkeypatch.setattr("qa_index.building.build.build", unwritable)
        asked = ("ask", "When does the ferry leave?", "--json", "--in")
        assert run(*asked, "notes").err == ""  # nothing has to be written
        Path("notes/baker.txt").write_text(BAKER + " The oven is hot.")
        stale = run(*asked, "notes")
        assert "warning: cannot write .qa: read-only; answering" in stale.err
        assert stale.json["citations"][0]["source"]["path"] == "notes/ferry.txt"
        assert run(*asked, "museum.md").code == 3

    def test_a_changed_source_is_marked_and_strict_refuses_it(self, run: Run) -> None:
        run("index", "notes")
        Path("notes/ferry.txt").write_text(FERRY + " Bicycles cost extra.")
        asked = ("ask", "When does the ferry leave?", "--min-confidence", "low", "-k", "1")
        told = "notes/ferry.txt changed or is gone since it was indexed; run `qa index`"
        marked = run(*asked)
        assert "1  notes/ferry.txt:1 (changed or gone since it was indexed)\n" in marked.out
        assert marked.err == f"qa: warning: {told}\n"
        assert run(*asked, "--strict") == Result(4, "", f"qa: {told}\n")

    def test_context_is_shown_beside_the_quote(self, run: Run) -> None:
        text = "".join(f"Note {n} tells of the harbour and of its {n} ships. " for n in range(60))
        Path("notes/long.txt").write_text(text)
        run("index", "notes")
        asked = ("ask", "What does note 30 tell?", "--min-confidence", "low", "-k", "1")
        assert "before the quote" not in run(*asked).out
        shown = run(*asked, "--context", "1").out
        assert "   before the quote:\n     Note " in shown
        assert "   after the quote:\n     Note " in shown

    def test_a_file_that_cannot_be_read_is_named_with_the_reason(self, run: Run) -> None:
        Path("notes/scan.pdf").write_bytes(b"%PDF")
        run("index", "notes")
        told = "notes/scan.pdf: it is no PDF, although its name says so"
        assert run("ask", "Who?", "--in", "notes/scan.pdf") == Result(2, "", f"qa: {told}\n")


class TestShow:
    def test_a_citation_by_its_id_and_by_its_place(self, run: Run) -> None:
        citation = saved_answer(run, "-k", "1")["citations"][0]
        span = f"{citation['span']['start']}-{citation['span']['end']}"
        by_id = run("show", citation["id"], "--json").json
        assert by_id["quote"] == citation["quote"]
        assert by_id["quote_sha256"] == citation["quote_sha256"]
        assert run("show", f"notes/ferry.txt:{span}", "--json").json == by_id
        assert run("show", "notes/ferry.txt:1", "--json").json == by_id

    def test_lines_are_numbered_and_the_passage_has_a_bar(self, run: Run) -> None:
        Path("notes/list.txt").write_bytes(b"One stands here.\r\n\r\nTwo stands here.\rThree too.")
        run("index", "notes")
        shown = run("show", "notes/list.txt:18-36", "--context", "5").out.splitlines()
        assert shown[0] == "notes/list.txt:2"
        assert "3 │ Two stands here." in shown

    def test_a_path_is_found_from_a_subfolder(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("index", "notes")
        monkeypatch.chdir("notes")
        assert run("show", "ferry.txt:1", "--json").json["quote"] == FERRY

    def test_a_changed_source_is_marked(self, run: Run) -> None:
        run("index", "notes")
        Path("notes/ferry.txt").unlink()
        shown = run("show", "notes/ferry.txt:1")
        assert shown.out.startswith("notes/ferry.txt:1 (changed or gone since it was indexed)\n")
        assert "run `qa index`" in shown.err


class TestLastAnswer:
    """``qa show 2``: the second passage of the last answer shown."""

    def ask(self, run: Run, *options: str) -> Any:
        asked = ("ask", FERRY_QUESTION, "--min-confidence", "low", *options)
        cited = run(*asked, "--json").json["citations"]
        run(*asked)
        return cited

    def test_a_passage_by_its_number(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        run("index", "notes", "museum.md")
        cited = self.ask(run)
        cited_index = Path(".qa").absolute()
        monkeypatch.chdir("/")  # it knows which index answered
        for number in (1, 2):
            shown = run("show", str(number), "--json")
            assert shown.json["quote"] == cited[number - 1]["quote"]
            assert shown.err == f"qa: passage {number} of the answer to: {FERRY_QUESTION}\n"
        assert run("show", "2").code == 0
        assert "▌ The ferry to Elba leaves at nine." in run("show", "1").out
        assert "▌" not in run("show", cited[0]["id"], "--index", str(cited_index)).out

    def test_only_what_a_person_was_shown_counts(self, run: Run) -> None:
        run("index", "notes")
        self.ask(run, "-k", "1")
        run("ask", "When does the baker open?", "--json")
        assert run("show", "1").err.endswith(f": {FERRY_QUESTION}\n")

    def test_without_one_the_remedy_is_told(self, run: Run) -> None:
        run("index", "notes")
        told = "qa: no last answer is kept; ask first, or name a citation or PATH:LINE\n"
        assert run("show", "1") == Result(2, "", told)
        self.ask(run, "-k", "1")
        [kept] = Path("cache").glob("last-answer-*.json")
        assert kept.stat().st_mode & 0o77 == 0
        assert [each.name for each in Path("cache").iterdir()] == [kept.name]
        for damaged in (b"", b"{}", b"[1]", b'{"format": 2}', b"\xff", b"[" * 100_000):
            kept.write_bytes(damaged)
            assert run("show", "1") == Result(2, "", told)

    @pytest.mark.parametrize("number", ["0", "3", "999"])
    def test_a_number_it_does_not_have(self, run: Run, number: str) -> None:
        run("index", "notes")
        self.ask(run, "-k", "2")
        shown = run("show", number)
        assert (shown.code, shown.out, shown.err.count("\n")) == (2, "", 1)
        assert f"has no passage {number}, it has 2" in shown.err

    def test_an_index_that_changed_since(self, run: Run) -> None:
        run("index", "notes")
        self.ask(run)
        Path("notes/ferry.txt").write_text("Nothing sails any more.")
        run("index")
        shown = run("show", "1")
        assert (shown.code, shown.out) == (2, "")
        told = "passage 1 of the last answer is no longer in the index; ask again"
        assert shown.err.splitlines()[-1] == f"qa: {told}"
        assert run("show", "2").code == 0  # what still exists is shown
        shutil.rmtree(".qa")
        assert run("show", "2").code == 3

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user"
    )
    def test_that_of_another_user_is_not_read(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a shared cache, another user's file could name any index."""
        monkeypatch.delenv("SUDO_UID", raising=False)
        run("index", "notes")
        self.ask(run)
        [kept] = Path("cache").glob("last-answer-*.json")
        os.chown(kept, 65534, 65534)
        shown = run("show", "1")
        assert (shown.code, shown.out) == (2, "")
        assert "no last answer is kept" in shown.err

    def test_a_cache_that_cannot_be_written_is_no_obstacle(self, run: Run) -> None:
        run("index", "notes")
        Path("cache").write_text("a file")
        asked = run("ask", FERRY_QUESTION, "--min-confidence", "low")
        assert (asked.code, asked.err) == (0, "")


class TestVerify:
    @pytest.fixture
    def verdicts(self, run: Run) -> Callable[[], dict[str, str]]:
        """A function that verifies an answer saved now, to call after changing the sources: verdict
        by path."""
        Path("saved.json").write_text(json.dumps(saved_answer(run)))

        def verdicts() -> dict[str, str]:
            report = run("verify", "saved.json", "--json")
            assert report.code == (0 if report.json["verified"] else 1)
            return {c["path"]: c["verdict"] for c in report.json["citations"]}

        return verdicts

    def test_all_four(self, verdicts: Callable[[], dict[str, str]]) -> None:
        assert set(verdicts().values()) == {"verified"}
        Path("notes/ferry.txt").write_text("New first line.\n" + FERRY)
        Path("notes/baker.txt").write_text(BAKER.replace("six", "seven"))
        Path("museum.md").unlink()
        assert verdicts() == {
            "notes/ferry.txt": "moved",
            "notes/baker.txt": "changed",
            "museum.md": "missing",
        }

    def test_lines_for_a_person(self, run: Run) -> None:
        answer = saved_answer(run, "-k", "1")
        Path("saved.json").write_text(json.dumps(answer))
        assert run("verify", "saved.json").out == (
            "verified     notes/ferry.txt:1  the source is as it was indexed\n"
        )

    def test_several_answers_one_a_line(self, run: Run) -> None:
        line = json.dumps(saved_answer(run, "-k", "1"))
        Path("saved.jsonl").write_text(f"{line}\n{line}\n")
        assert run("verify", "saved.jsonl").out.count("verified ") == 2

    @pytest.mark.parametrize("path", ["/etc/hostname", "../outside.txt", "link.txt"])
    def test_a_file_outside_is_not_opened(
        self, run: Run, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = saved_answer(run, "-k", "1")
        Path("link.txt").symlink_to("/etc/hostname")
        answer["citations"][0]["source"] |= {"path": path, "sha256": "0" * 64}
        Path("saved.json").write_text(json.dumps(answer))
        monkeypatch.setattr("qa_index.sources.files.read_bytes", lambda *_: pytest.fail("opened"))
        result = run("verify", "saved.json")
        assert result.code == 1
        assert result.out.startswith(f"not checked  {path}:1  ")

    def test_an_indexed_file_outside_is(self, run: Run, tmp_path: Path) -> None:
        inner = tmp_path / "inner"
        inner.mkdir()
        run("index", "notes", "--index", "inner/.qa")
        answer = run("ask", "When does the ferry leave?", "--json", "--index", "inner/.qa").json
        assert Path(answer["citations"][0]["source"]["path"]).is_absolute()
        Path("saved.json").write_text(json.dumps(answer))
        assert run("verify", "saved.json", "--index", "inner/.qa").code == 0
        assert run("verify", "saved.json", "--index", "nowhere").code == 3

    def test_without_an_index_paths_start_here(self, run: Run) -> None:
        Path("saved.json").write_text(json.dumps(saved_answer(run, "-k", "1")))
        shutil.rmtree(".qa")
        assert run("verify", "saved.json").code == 0


class TestStatus:
    def test_tells_what_changed_without_failing(self, run: Run) -> None:
        run("index", "notes", "museum.md")
        assert run("status", "--json").json["fresh"] is True
        Path("notes/ferry.txt").write_text(FERRY + " Bicycles cost extra.")
        Path("notes/new.txt").write_text("The harbour has a crane.")
        Path("notes/scan.pdf").write_bytes(b"%PDF")
        Path("museum.md").unlink()
        os.utime("notes/baker.txt", (1, 1))  # touched, but unchanged
        result = run("status", "--json")
        state = result.json
        assert (result.code, state["fresh"]) == (0, False)
        assert (state["changed"], state["vanished"], state["new"]) == (
            ["notes/ferry.txt"],
            ["museum.md"],
            ["notes/new.txt"],
        )
        assert [file["path"] for file in state["skipped"]] == ["notes/scan.pdf"]
        assert "sources    museum.md is gone (1 changed, 1 gone, 1 new); " in run("status").out
        Path("museum.md").write_text(MUSEUM)
        assert "sources    1 changed, 1 new; run `qa index`\n" in run("status").out

    def test_says_that_a_root_is_gone(self, run: Run) -> None:
        run("index", "notes", "museum.md")
        assert run("status", "--json").json["gone_roots"] == []
        Path("notes").rename("elsewhere")
        state = run("status", "--json").json
        assert (state["fresh"], state["gone_roots"]) == (
            False,
            [{"path": "notes", "reason": "is gone"}],
        )
        told = "sources    notes is gone (2 gone); bring it back, or run `qa index --prune`"
        assert told in run("status").out
        Path("notes").mkdir()
        assert "notes holds no file any more" in run("status").out

    def test_documents_are_listed_if_asked_for(self, run: Run) -> None:
        for name in ("baker", "ferry"):
            os.utime(f"notes/{name}.txt", (1_577_880_000, 1_577_880_000))
        run("index", "notes")
        assert "notes/baker.txt" not in run("status", "--verbose").out
        assert "sources" not in run("status", "--json").json
        listed = run("status", "--documents").out.splitlines()[-2:]
        assert [line.split() for line in listed] == [
            ["1", "und", "2020-01-01", "mtime", "text", "notes/baker.txt"],
            ["1", "en", "2020-01-01", "mtime", "text", "notes/ferry.txt"],
        ]
        [baker, _] = run("status", "--documents", "--json").json["sources"]
        assert baker == {
            "path": "notes/baker.txt",
            "title": "baker",
            "media_type": "text/plain",
            "language": "und",
            "passages": 1,
            "sha256": hashlib.sha256(BAKER.encode()).hexdigest(),
            "format": "text",
            "date": "2020-01-01",
            "date_from": "mtime",
            "tags": [],
        }

    def test_deep_finds_a_flipped_bit(self, run: Run) -> None:
        run("index", "notes")
        assert "files      sound, every byte checked\n" in run("status", "--deep").out
        file = next(Path(".qa").glob("gen-*/texts.utf8"))
        data = bytearray(file.read_bytes())
        data[5] ^= 1
        file.write_bytes(data)
        damaged = run("status", "--deep")
        assert (damaged.code, damaged.out) == (3, "")
        assert "texts.utf8" in damaged.err
