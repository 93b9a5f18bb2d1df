"""Verdicts of ``qa verify`` and ``Citation.verify`` on sources that were moved, changed or
deleted."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from qa.answering.answerer import Answerer
from qa.answers import Answer, Citation
from qa.checking.verification import Verdict
from qa.cli import main
from qa.cli.options import INDEX_VARIABLE
from qa.places import Lines
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from tests.support.hashing_encoder import HashingEncoder

FERRY = "The ferry to Elba leaves at nine. It takes an hour. Dogs travel for free.\n"
BAKER = "The baker opens at six.\r\nBread is sold out by noon.\r\n"


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Verify = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/ferry.txt").write_text("\n" + FERRY)
    (tmp_path / "notes/baker.txt").write_bytes(BAKER.encode())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(INDEX_VARIABLE, raising=False)
    return tmp_path


def ask(question: str = "When does the ferry to Elba leave?") -> Answer:
    """An answer from an index of ``notes``, brought up to date."""
    build([Path("notes")], Path(".qa"), encoder=HashingEncoder())
    return Answerer(StoredIndex(".qa"), HashingEncoder).ask(question, k=1)


def cited(question: str = "When does the ferry to Elba leave?") -> Citation:
    return ask(question).citations[0]


@pytest.fixture
def verify(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Verify]:
    """Runs ``qa verify`` on an answer saved before the sources changed."""
    loggers = [logging.getLogger(name) for name in ("qa", "qa_index", "qa_eval")]
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    saved = folder / "saved.json"
    saved.write_text(json.dumps(ask().to_dict()))

    def run(*options: str) -> Result:
        code = main(["verify", str(saved), *options])
        return Result(code, *capsys.readouterr())

    yield run
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


class TestLines:
    """A place is printed as in ``qa ask``."""

    def test_where_the_quote_stands(self, verify: Verify) -> None:
        assert verify().out == "verified     notes/ferry.txt:2  the source is as it was indexed\n"
        [checked] = verify("--json").json["citations"]
        assert checked["lines"] == {"start": 2, "end": 2}
        assert checked["found_path"] == "notes/ferry.txt"

    def test_where_it_stands_now(self, verify: Verify, folder: Path) -> None:
        (folder / "notes/ferry.txt").write_text("One.\nTwo.\n\n" + FERRY)
        assert verify().out == "moved        notes/ferry.txt:2  is at notes/ferry.txt:4 now\n"
        assert verify("--json").json["citations"][0]["lines"] == {"start": 4, "end": 4}

    @pytest.mark.parametrize("text", ["Nothing.", None])
    def test_where_it_stood(self, verify: Verify, folder: Path, text: str | None) -> None:
        file = folder / "notes/ferry.txt"
        file.unlink() if text is None else file.write_text(text)
        assert " notes/ferry.txt:2  " in verify().out
        [checked] = verify("--json").json["citations"]
        assert checked["lines"] is checked["found"] is checked["found_path"] is None

    def test_where_relative_paths_start(
        self, verify: Verify, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert verify().err == ""
        (folder / "notes/ferry.txt").unlink()
        assert verify().err == f"qa: relative paths start from {folder}\n"
        assert verify("--quiet").err == ""
        (folder / "elsewhere").mkdir()
        (folder / ".qa").rename(folder / "elsewhere/.qa")
        (folder / "notes").rename(folder / "elsewhere/notes")
        assert verify().err == (
            f"qa: relative paths start from {folder}; there is no index here or above, "
            "--index names one\n"
        )

    def test_every_line_end_counts_once(self, folder: Path) -> None:
        (folder / "notes/baker.txt").write_bytes(b"a\rb\r\n" + BAKER.encode())
        citation = cited("When does the baker open?")
        assert citation.lines == citation.verify().lines == Lines(1, 4)


class TestExitCode:
    def test_a_quote_that_only_moved_is_no_failure(self, verify: Verify, folder: Path) -> None:
        (folder / "notes/ferry.txt").write_text("A new first line.\n\n" + FERRY)
        assert (verify().code, verify("--strict").code) == (0, 1)
        report = verify("--json").json
        assert (report["verified"], report["stands"]) == (False, True)

    def test_one_that_changed_or_went_is(self, verify: Verify, folder: Path) -> None:
        (folder / "notes/ferry.txt").write_text(FERRY.replace("nine", "ten"))
        assert (verify().code, verify("--json").json["stands"]) == (1, False)
        (folder / "notes/ferry.txt").unlink()
        assert (verify().code, verify("--json").json["stands"]) == (1, False)

    def test_one_that_stands_is_none_under_strict(self, verify: Verify) -> None:
        assert verify("--strict").code == 0


def test_an_altered_quote_needs_no_source(verify: Verify, folder: Path) -> None:
    saved = json.loads((folder / "saved.json").read_text())
    saved["citations"][0]["quote"] += "!"
    (folder / "saved.json").write_text(json.dumps(saved))
    [checked] = verify("--json").json["citations"]
    assert (checked["verdict"], checked["source_changed"]) == ("changed", None)


@pytest.mark.parametrize("lines", [{"start": 7, "end": 7}, {"start": 2, "end": 3}])
def test_altered_lines_are_not_where_the_quote_is(
    verify: Verify, folder: Path, lines: dict[str, int]
) -> None:
    saved = json.loads((folder / "saved.json").read_text())
    saved["citations"][0]["lines"] = lines
    (folder / "saved.json").write_text(json.dumps(saved))
    assert verify().out.endswith("  is at notes/ferry.txt:2 now\n")
    assert verify("--strict").code == 1


def test_an_empty_quote_is_nowhere(verify: Verify, folder: Path) -> None:
    saved = json.loads((folder / "saved.json").read_text())
    [citation] = saved["citations"]
    citation["quote"], citation["quote_sha256"] = "", hashlib.sha256(b"").hexdigest()
    citation["span"]["end"] = citation["span"]["start"]
    (folder / "saved.json").write_text(json.dumps(saved))
    assert verify().out.startswith("changed ")


class TestRenamed:
    """A renamed file is found by its checksum."""

    @pytest.mark.parametrize("indexed_again", [False, True])
    def test_under_a_root(self, verify: Verify, folder: Path, indexed_again: bool) -> None:
        (folder / "notes/old").mkdir()
        (folder / "notes/ferry.txt").rename(folder / "notes/old/elba.txt")
        if indexed_again:
            ask()
        result = verify()
        assert result.out == "moved        notes/ferry.txt:2  is at notes/old/elba.txt:2 now\n"
        assert (result.code, verify("--strict").code) == (0, 1)
        [checked] = verify("--json").json["citations"]
        assert (checked["path"], checked["found_path"], checked["source_changed"]) == (
            "notes/ferry.txt",
            "notes/old/elba.txt",
            False,
        )
        assert checked["found"] == checked["span"]

    def test_with_another_file_in_its_place(self, verify: Verify, folder: Path) -> None:
        (folder / "notes/ferry.txt").rename(folder / "notes/elba.txt")
        (folder / "notes/ferry.txt").write_text("A ferry sails to Giglio.\n")
        assert "is at notes/elba.txt:2 now" in verify().out

    def test_renamed_after_the_last_time_it_was_indexed(self, verify: Verify, folder: Path) -> None:
        """The index knows neither the old name nor the new one."""
        (folder / "notes/ferry.txt").rename(folder / "notes/a.txt")
        ask()
        (folder / "notes/a.txt").rename(folder / "notes/b.txt")
        assert "is at notes/b.txt:2 now" in verify().out

    def test_outside_of_the_roots_it_is_not_looked_for(self, verify: Verify, folder: Path) -> None:
        (folder / "notes/ferry.txt").rename(folder / "elsewhere.txt")
        assert verify().out.startswith("missing ")
        assert verify().code == 1

    def test_a_copy_of_another_text_is_not_taken_for_it(self, verify: Verify, folder: Path) -> None:
        (folder / "notes/elba.txt").write_text("\n" + FERRY.replace("nine", "five"))
        (folder / "notes/ferry.txt").unlink()
        assert verify().out.startswith("missing ")

    def test_an_index_that_is_out_of_date_is_not_believed(
        self, verify: Verify, folder: Path
    ) -> None:
        """The index lists a copy that has changed since."""
        (folder / "notes/copy.txt").write_text("\n" + FERRY)
        ask()
        (folder / "notes/copy.txt").write_text("Nothing.\n")
        (folder / "notes/ferry.txt").unlink()
        assert verify().out.startswith("missing ")

    def test_a_quote_that_it_never_held(self, verify: Verify, folder: Path) -> None:
        """The checksum of a real file, with a made-up quote."""
        saved = json.loads((folder / "saved.json").read_text())
        saved["citations"][0]["source"]["path"] = "notes/gone.txt"
        saved["citations"][0]["quote"] = "Pigs fly."
        saved["citations"][0]["quote_sha256"] = "0" * 64
        (folder / "saved.json").write_text(json.dumps(saved))
        assert verify().out.startswith("changed ")
        saved["citations"][0]["quote_sha256"] = hashlib.sha256(b"Pigs fly.").hexdigest()
        (folder / "saved.json").write_text(json.dumps(saved))
        assert verify().out.startswith("missing ")

    def test_a_path_that_is_not_opened(self, verify: Verify, folder: Path) -> None:
        """A source outside the folder that is no longer indexed and has been moved."""
        saved = json.loads((folder / "saved.json").read_text())
        saved["citations"][0]["source"]["path"] = "/etc/hostname"
        (folder / "saved.json").write_text(json.dumps(saved))
        assert "is at notes/ferry.txt:2 now" in verify().out

    def test_by_the_library(self, folder: Path) -> None:
        citation = cited()
        (folder / "notes/ferry.txt").rename(folder / "notes/elba.txt")
        found = citation.verify()
        assert (found.verdict, found.stands, found.verified) == (Verdict.MOVED, True, False)
        assert (found.found_path, found.found, found.lines) == (
            "notes/elba.txt",
            citation.span,
            citation.lines,
        )

    def test_by_the_library_without_the_index(self, folder: Path) -> None:
        citation = cited()
        (folder / "notes/ferry.txt").unlink()
        (folder / ".qa/CURRENT").unlink()
        assert citation.verify().verdict is Verdict.MISSING


class TestEncoding:
    """A source is decoded with the codec it was indexed with, whatever is added to it."""

    TEXT = "Café “Löwe” opens at six.\n"

    @pytest.mark.parametrize(
        ("codec", "added"),
        [
            ("cp1252", b"\x81"),  # not in cp1252, so the file looks like latin-1
            ("cp1252", "\u4e00\u4e8c\u4e09".encode() * 9),  # looks like UTF-8 with stray bytes
            ("utf-16", "\ud800".encode("utf-16-le", "surrogatepass")),  # an invalid code unit
        ],
    )
    def test_of_a_source_that_grew(self, folder: Path, codec: str, added: bytes) -> None:
        file = folder / "notes/cafe.txt"
        file.write_bytes(self.TEXT.encode(codec))
        citation = cited("When does the Café open?")
        assert citation.source.encoding == codec
        assert citation.verify().verified
        file.write_bytes(self.TEXT.encode(codec) + added)
        found = citation.verify()
        assert (found.verdict, found.source_changed) == (Verdict.VERIFIED, True)

    def test_a_saved_answer_says_it(self, verify: Verify, folder: Path) -> None:
        saved = json.loads((folder / "saved.json").read_text())
        assert saved["citations"][0]["source"]["encoding"] == "utf-8"

    def test_of_an_answer_that_does_not_say_it_the_index_knows(
        self, verify: Verify, folder: Path
    ) -> None:
        file = folder / "notes/cafe.txt"
        file.write_bytes(self.TEXT.encode("cp1252"))
        saved = ask("When does the Café open?").to_dict()
        del saved["citations"][0]["source"]["encoding"]
        (folder / "saved.json").write_text(json.dumps(saved))
        file.write_bytes(self.TEXT.encode("cp1252") + b"\x81")
        assert verify().out.startswith("verified ")

    @pytest.mark.parametrize("name", ["rot13", "hex", "no such codec", "", "\0", 7, None])
    def test_an_encoding_that_is_none_of_ours_is_not_used(
        self, verify: Verify, folder: Path, name: object
    ) -> None:
        saved = json.loads((folder / "saved.json").read_text())
        saved["citations"][0]["source"]["encoding"] = name
        (folder / "saved.json").write_text(json.dumps(saved))
        assert verify().out.startswith("verified ")

    def test_an_encoding_makes_no_text_of_what_a_page_hides(
        self, verify: Verify, folder: Path
    ) -> None:
        (folder / "notes/page.html").write_text("<p>Open at six.</p><!-- Closed on Mondays. -->")
        saved = json.loads((folder / "saved.json").read_text())
        quote = "Closed on Mondays."
        digest = hashlib.sha256(quote.encode()).hexdigest()
        saved["citations"][0] |= {"quote": quote, "quote_sha256": digest}
        saved["citations"][0]["source"] |= {"path": "notes/page.html", "encoding": "utf-8"}
        (folder / "saved.json").write_text(json.dumps(saved))
        assert verify().out.startswith("changed ")

    def test_a_source_that_was_converted(self, folder: Path) -> None:
        """The codec is detected again from the current file."""
        file = folder / "notes/cafe.txt"
        file.write_bytes(self.TEXT.encode("utf-16"))
        citation = cited("When does the Café open?")
        file.write_bytes(self.TEXT.encode("utf-8"))
        assert citation.verify().verified
