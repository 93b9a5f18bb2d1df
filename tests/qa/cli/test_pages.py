"""Documents with pages: every command that says where a quote is, as a process."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.cache import own_cache
from tests.support.command import ROOT, on_terminal, run_command
from tests.support.paged import install, write_paged
from tests.support.pdfs import pages_of

PAGES = (
    ("i", "The harbour of Elba was built in 1548. Its wall is made of granite."),
    ("ii", ""),
    ("1", "The Eastern ferry leaves at nine o'clock. The lamp of the lighthouse is lit at"),
    ("2", "sunset by the keeper. Dogs travel for free on every ferry."),
)
NOTES = "Notes.\n\nThe baker opens at six. Bread is sold out by noon.\n"
QUESTION = "When is the lamp of the lighthouse lit?"
FILE = "docs/harbour.paged"

Run = Callable[..., subprocess.CompletedProcess[str]]


def changes_in(folder: Path) -> dict[str, str]:
    """The format of pages, in a package in the folder, and a cache there."""
    package = install(folder / "package")
    paths = [package, ROOT, ROOT / "index", ROOT / "eval"]
    return {"PYTHONPATH": ":".join(map(str, paths)), "QA_CACHE": own_cache(folder / "cache")}


@pytest.fixture
def changes(tmp_path: Path) -> dict[str, str]:
    return changes_in(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of a document with pages and one with lines. Tests copy it."""
    folder = tmp_path_factory.mktemp("made")
    write_paged(folder / FILE, *PAGES)
    (folder / "docs/notes.txt").write_text(NOTES)
    changes = changes_in(tmp_path_factory.mktemp("elsewhere"))
    done = run_command("index", "docs", "--quiet", folder=folder, changes=changes)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def run(folder: Path, changes: dict[str, str]) -> Run:
    def run_in_folder(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run_command(*arguments, folder=folder, changes={**changes, **more})

    return run_in_folder


def cited(run: Run, *options: str) -> dict[str, Any]:
    """The first citation, whose file is the one with pages."""
    answer = json.loads(run("ask", QUESTION, "--json", *options).stdout)
    citation: dict[str, Any] = answer["citations"][0]
    assert citation["source"]["path"] == FILE
    return citation


class TestAsk:
    def test_the_place_is_the_page_of_the_best_sentence(self, run: Run) -> None:
        told = run("ask", QUESTION).stdout.splitlines()
        assert told[2] == f"1  {FILE}, pages 1-2 (3-4)  {FILE}"
        [other] = [line for line in told if line.startswith("2")]
        assert other.startswith("2  docs/notes.txt:3")

    def test_whole_passages_have_all_their_pages(self, run: Run) -> None:
        assert f"1  {FILE}, pages i-2 (1-4)" in run("ask", QUESTION, "--full").stdout

    def test_the_link_opens_the_page(self, folder: Path, changes: dict[str, str]) -> None:
        shown = on_terminal("ask", QUESTION, folder=folder, changes=changes)
        assert f"{(folder / FILE).as_uri()}#page=3\x1b\\" in shown
        assert f"{(folder / 'docs/notes.txt').as_uri()}\x1b\\" in shown
        plain = re.sub(r"\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\", "", shown)
        assert max(map(len, plain.splitlines())) <= 80

    def test_json(self, run: Run) -> None:
        citation = cited(run)
        assert citation["lines"] is citation["places"] is citation["evidence_places"] is None
        assert (citation["page"], citation["page_label"]) == (1, "i")
        assert citation["unit"] == {
            "kind": "page",
            "first": {"number": 1, "label": "i"},
            "last": {"number": 4, "label": "2"},
            "recognised": False,
        }
        source = citation["source"]
        assert (source["format"], source["format_version"]) == ("paged", 1)
        assert source["encoding"] is None

    def test_text_has_lines_and_no_pages(self, run: Run) -> None:
        answer = json.loads(run("ask", "When does the baker open?", "--json").stdout)
        citation = answer["citations"][0]
        assert citation["lines"] == {"start": 1, "end": 3}
        assert citation["page"] is citation["page_label"] is citation["unit"] is None

    def test_copies_are_told_with_their_pages(self, run: Run, folder: Path) -> None:
        write_paged(folder / "docs/copy.paged", ("", ""), *PAGES[2:], PAGES[0])
        write_paged(folder / "docs/again.paged", *PAGES[2:], PAGES[0])
        run("index")
        answer = json.loads(run("ask", QUESTION, "--json").stdout)
        [also] = [each["also_in"] for each in answer["citations"] if each["also_in"]]
        assert [(each["path"], each["lines"], each["page"]) for each in also] == [
            ("docs/copy.paged", None, 2)
        ]

    def test_places_in_the_file(self, run: Run) -> None:
        citation = cited(run, "--places")
        assert [each["page"] for each in citation["places"]] == [1, 3, 4]
        assert citation["places"][0] == {"page": 1, "x0": 0, "y0": 0.0, "x1": 67, "y1": 12.0}
        [evidence] = citation["evidence_places"]
        assert [each["page"] for each in evidence] == [3, 4]

    def test_places_are_not_told_of_another_file(self, run: Run, folder: Path) -> None:
        write_paged(folder / FILE, *PAGES, ("", "More."))
        assert cited(run, "--places")["places"] is None

    def test_places_are_not_told_by_another_version(self, run: Run, folder: Path) -> None:
        install(folder / "package", version=2)
        assert cited(run, "--places")["places"] is None

    def test_text_has_no_places(self, run: Run) -> None:
        found = run("ask", "When does the baker open?", "--json", "--places").stdout
        assert json.loads(found)["citations"][0]["places"] == []

    def test_places_need_json(self, run: Run) -> None:
        done = run("ask", QUESTION, "--places")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)


class TestShow:
    def test_pages_are_separated(self, run: Run) -> None:
        run("ask", QUESTION)
        assert run("show", "1", "--quiet").stdout == (
            f"{FILE}, pages i-2 (1-4)\n{FILE}\n\n"
            "— page i (1) —\n"
            "│ The harbour of Elba was built in 1548. Its wall is made of granite.\n"
            "— page 1 (3) —\n"
            "▌ The Eastern ferry leaves at nine o'clock. The lamp of the lighthouse is lit at\n"
            "— page 2 (4) —\n"
            "▌ sunset by the keeper. Dogs travel for free on every ferry.\n"
        )

    def test_text_around_a_span(self, run: Run) -> None:
        shown = run("show", f"{FILE}:111-169").stdout.splitlines()
        assert shown[0] == f"{FILE}, pages 1-2 (3-4)"
        assert [line for line in shown if line.startswith("│")] == [
            "│ The lamp of the lighthouse is lit at",
            "│ sunset by the keeper.",
        ]
        assert "  The Eastern ferry leaves at nine o'clock." in shown

    def test_by_page(self, run: Run) -> None:
        shown = json.loads(run("show", f"{FILE}:4", "--json").stdout)
        assert "sunset by the keeper" in shown["quote"]
        assert shown["lines"] is None
        assert shown["unit"]["last"] == {"number": 4, "label": "2"}

    @pytest.mark.parametrize("page", [2, 9])
    def test_a_page_without_text(self, run: Run, page: int) -> None:
        done = run("show", f"{FILE}:{page}")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"qa: there is no text on page {page} of {FILE}; the last is page 4\n"
        )


class TestPicture:
    def drawn(self, file: Path) -> Any:
        return json.loads(file.read_bytes().removeprefix(b"\x89PNG\r\n\x1a\n"))

    def test_of_one_page(self, run: Run, folder: Path) -> None:
        done = run("show", f"{FILE}:0-38", "--picture", "out.png")
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == f"qa: page 1 of {FILE} is in out.png\n"
        assert self.drawn(folder / "out.png") == [1, [["passage", [1, 0, 0.0, 38, 12.0]]]]

    def test_of_several_with_the_evidence_on_top(self, run: Run, folder: Path) -> None:
        run("ask", QUESTION)
        told = run("show", "1", "--picture", "out.png").stderr
        assert [f"out-{page}.png" in told for page in (1, 2, 3, 4)] == [True, False, True, True]
        page, marks = self.drawn(folder / "out-3.png")
        assert page == 3
        assert marks == [
            ["passage", [3, 0, 0.0, 78, 12.0]],
            ["evidence", [3, 42, 0.0, 78, 12.0]],
        ]

    def test_of_a_document_without_pages(self, run: Run, folder: Path) -> None:
        done = run("show", "docs/notes.txt:3", "--picture", "out.png")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "docs/notes.txt has no pages" in done.stderr
        assert not (folder / "out.png").exists()

    def test_of_slides_that_cannot_be_drawn(self, run: Run, folder: Path) -> None:
        install(folder / "package", kind="slide")
        run("index", "--full", "docs")
        assert run("show", f"{FILE}:1").stdout.startswith(f"{FILE}, slides i-2\n")
        done = run("show", f"{FILE}:1", "--picture", "out.png")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)

    def test_never_overwrites_what_is_no_picture(self, run: Run, folder: Path) -> None:
        before = (folder / FILE).read_bytes()
        done = run("show", f"{FILE}:1", "--picture", FILE)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert (folder / FILE).read_bytes() == before

    def test_of_a_file_that_changed(self, run: Run, folder: Path) -> None:
        write_paged(folder / FILE, *PAGES[:2])
        done = run("show", f"{FILE}:1", "--picture", "out.png")
        assert (done.returncode, done.stderr.count("\n")) == (4, 1)
        assert not (folder / "out.png").exists()


class TestVerify:
    """The file is parsed again, by the format as it is now."""

    @pytest.fixture
    def saved(self, run: Run, folder: Path) -> Path:
        file = folder / "saved.json"
        file.write_text(run("ask", QUESTION, "-k", "1", "--json").stdout)
        return file

    def verdict(self, run: Run, saved: Path) -> str:
        return run("verify", str(saved)).stdout

    def test_where_it_is(self, run: Run, saved: Path) -> None:
        assert self.verdict(run, saved) == (
            f"verified     {FILE}, pages i-2 (1-4)  the source is as it was indexed\n"
        )
        [checked] = json.loads(run("verify", str(saved), "--json").stdout)["citations"]
        assert (checked["page"], checked["page_label"], checked["lines"]) == (1, "i", None)

    def test_after_a_page_that_was_added(self, run: Run, saved: Path, folder: Path) -> None:
        write_paged(folder / FILE, ("", "A title page."), *PAGES)
        assert self.verdict(run, saved) == (
            f"moved        {FILE}, pages i-2 (1-4)  is at {FILE}, pages i-2 (2-5) now\n"
        )

    def test_after_a_page_that_was_added_at_the_end(
        self, run: Run, saved: Path, folder: Path
    ) -> None:
        write_paged(folder / FILE, *PAGES, ("3", "The end."))
        assert self.verdict(run, saved).endswith("  the source changed elsewhere\n")

    def test_in_another_extraction(self, run: Run, saved: Path, folder: Path) -> None:
        install(folder / "package", version=2)
        assert self.verdict(run, saved) == (
            f"moved        {FILE}, pages i-2 (1-4)  is at {FILE}, pages i-2 (1-4) now, with other "
            "white space or hyphens\n"
        )

    def test_a_quote_that_is_not_verbatim(self, run: Run, saved: Path) -> None:
        """In the same extraction nothing may differ."""
        answer = json.loads(saved.read_text())
        citation = answer["citations"][0]
        citation["quote"] = citation["quote"].replace("Eastern", "East-ern")
        citation["quote_sha256"] = hashlib.sha256(citation["quote"].encode()).hexdigest()
        saved.write_text(json.dumps(answer))
        assert self.verdict(run, saved).startswith("changed  ")

    def test_a_page_that_somebody_altered(self, run: Run, saved: Path) -> None:
        answer = json.loads(saved.read_text())
        answer["citations"][0]["unit"]["last"] = {"number": 9, "label": None}
        saved.write_text(json.dumps(answer))
        assert self.verdict(run, saved) == (
            f"moved        {FILE}, pages 1-9  is at {FILE}, pages i-2 (1-4) now\n"
        )

    def test_a_quote_that_is_gone(self, run: Run, saved: Path, folder: Path) -> None:
        write_paged(folder / FILE, *PAGES[:2])
        assert self.verdict(run, saved) == (
            f"changed      {FILE}, pages i-2 (1-4)  the source does not hold this quote\n"
        )

    def test_a_file_that_is_no_longer_of_this_format(
        self, run: Run, saved: Path, folder: Path
    ) -> None:
        (folder / FILE).write_bytes(b"%PDF")
        assert self.verdict(run, saved).endswith("the source cannot be read: it has no pages\n")

    def test_a_renamed_file(self, run: Run, saved: Path, folder: Path) -> None:
        (folder / FILE).rename(folder / "docs/port.paged")
        assert self.verdict(run, saved) == (
            f"moved        {FILE}, pages i-2 (1-4)  is at docs/port.paged, pages i-2 (1-4) now\n"
        )

    @pytest.mark.parametrize(
        "unit", [None, 7, {}, {"kind": "page"}, {"kind": "x", "first": [], "last": []}]
    )
    def test_a_unit_that_is_none_of_ours(self, run: Run, saved: Path, unit: object) -> None:
        answer = json.loads(saved.read_text())
        answer["citations"][0]["unit"] = unit
        saved.write_text(json.dumps(answer))
        assert self.verdict(run, saved).startswith(f"verified     {FILE}  the source")


class TestStatus:
    def test_gaps_are_counted_and_listed_on_request(self, run: Run) -> None:
        told = run("status").stdout
        assert (
            "gaps       1 place in 1 document could not be read, or not surely; --verbose" in told
        )
        assert "picture only" not in told
        assert f"gap      {FILE}: page 2: picture only\n" in run("status", "--verbose").stdout

    def test_json(self, run: Run) -> None:
        assert json.loads(run("status", "--json").stdout)["gaps"] == [
            {"path": FILE, "place": "page 2", "reason": "picture only"}
        ]


def test_labelling_says_the_page(run: Run) -> None:
    shown = run("label", FILE, "--to", "q.jsonl").stdout
    assert f"{FILE}, pages i-2 (1-4)  (1 to go)" in shown


def test_the_library_reads_the_file_again(folder: Path, changes: dict[str, str]) -> None:
    code = (
        "import qa\n"
        "with qa.open() as session:\n"
        f"    citation = session.ask({QUESTION!r}).citations[0]\n"
        "print(citation.location, citation.page, citation.verify().verdict)\n"
        "print(*(place.page for place in citation.places()))\n"
        "print(citation.unit_of(citation.evidence[0]))\n"
        "open(citation.source.path, 'a').write('.')\n"
        "try:\n    citation.places()\n"
        "except qa.StaleSource as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=changes,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == (
        f"{FILE}, pages i-2 (1-4) 1 verified\n1 3 4\npages 1-2 (3-4)\n"
        f"{FILE} changed or is gone since it was indexed; run `qa index`\n"
    ), done.stderr


class TestRealFormats:
    """A PDF, and HTML pages, which have neither lines nor pages."""

    @pytest.fixture
    def run(self, tmp_path: Path) -> Run:
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs/harbour.pdf").write_bytes(
            pages_of(
                [(12, 40, 500, "The harbour was built in 1548.")],
                [(12, 40, 500, "The lamp is lit at sunset.")],
            )
        )
        (tmp_path / "docs/baker.html").write_text(
            "<h1 id=top>Baker</h1><p id=hours>The baker opens at six.</p>"
        )
        environment = {"QA_CACHE": own_cache(tmp_path / "cache")}

        def run_in_folder(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
            return run_command(*arguments, folder=tmp_path, changes={**environment, **more})

        assert run_in_folder("index", "docs").returncode == 0
        return run_in_folder

    def test_a_pdf(self, run: Run, tmp_path: Path) -> None:
        saved = run("ask", "When is the lamp lit?", "-k", "1", "--json", "--places").stdout
        citation = json.loads(saved)["citations"][0]
        assert citation["source"]["format"] == "pdf"
        assert [each["page"] for [each] in citation["evidence_places"]] == [2]
        (tmp_path / "saved.json").write_text(saved)
        assert run("verify", "saved.json").stdout.startswith("verified     docs/harbour.pdf, page")
        run("ask", "When is the lamp lit?")
        assert run("show", "1", "--picture", "out.png").returncode == 0
        for file in tmp_path.glob("out*.png"):
            assert file.read_bytes().startswith(b"\x89PNG")

    def test_html(self, run: Run) -> None:
        citation = json.loads(run("ask", "When does the baker open?", "--json", "--places").stdout)[
            "citations"
        ][0]
        assert citation["lines"] is citation["unit"] is None
        assert citation["evidence_places"] == [[{"fragment": "#hours"}]]
        shown = run("ask", "When does the baker open?").stdout.splitlines()
        assert shown[2].startswith("1  docs/baker.html")
        assert "docs/baker.html:" not in shown[2]

    def test_a_page_is_shown_without_the_running_heads_of_all(
        self, run: Run, tmp_path: Path
    ) -> None:
        bees = Path(__file__).parents[2] / "fixtures/bees.pdf"
        (tmp_path / "docs/bees.pdf").write_bytes(bees.read_bytes())
        run("index")
        shown = run("show", "docs/bees.pdf:1", "--json").stdout
        quote = json.loads(shown)["quote"]
        assert "The affluent officer found" in quote
        assert "Draft" not in quote
