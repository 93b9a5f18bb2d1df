"""Drafts checked against a few notes: what counts as a quotation or claim, and hostile ones."""

import json
from pathlib import Path
from typing import Any

import pytest

import qa
from qa import QuotationKind, QuotationVerdict
from qa.cli import main
from qa.cli.options import INDEX_VARIABLE
from qa.drafts.page import _changes, to_html
from qa_index.building.build import build
from tests.support.hashing_encoder import HashingEncoder

FERRY = (
    "The ferry to Elba leaves at nine and carries 120 passengers. Dogs travel for free. Nobody "
    "may smoke on board. <script>alert(1)</script> is not run.\n"
)
BAKER = "The baker opens at six. Bread is sold out by noon.\n"

HTML = "<html><body><p>He wrote \u201cDogs travel for nothing\u201d (ferry.txt).</p></body></html>"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(INDEX_VARIABLE, raising=False)
    encoder = HashingEncoder(dimension=16)
    monkeypatch.setattr("qa_index.encoding.opening.open_encoder", lambda *_, **__: encoder)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/ferry.txt").write_text(FERRY)
    (tmp_path / "notes/baker.txt").write_text(BAKER)
    build([tmp_path / "notes"], tmp_path / ".qa", encoder=encoder)
    return tmp_path


def check(text: str, name: str = "draft.md", **options: Any) -> qa.DraftCheck:
    Path(name).write_text(text, encoding="utf-8")
    return qa.check(name, **options)


def quotes(text: str, name: str = "draft.md") -> list[str]:
    return [each.text for each in check(text, name, claims=False).quotations]


@pytest.mark.usefixtures("world")
class TestQuotations:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("> Dogs travel\n> for free.\n>\n> Yes.", ["Dogs travel\nfor free.\n\nYes."]),
            ("> > Dogs travel for free.", ["Dogs travel for free."]),
            ("> \u201cDogs travel for free.\u201d\n> \u2014 ferry.txt",
             ["\u201cDogs travel for free.\u201d"]),
            ("> [!NOTE]\n> Dogs travel for free.", []),
            ('```\nx = "Dogs travel for free"\n```', []),
            ('Use `say "Dogs travel for free"` here.', []),
            ('<a title="Dogs travel for free">x</a>', []),
            ('[x](ferry.txt "Dogs travel for free")', []),
            ('---\ntitle: "Dogs travel for free"\n---\n\nText.', []),
            ('- an item: "Dogs travel for free"', ["Dogs travel for free"]),
            ("A *word* \"and **Dogs travel** for free\".", ["and **Dogs travel** for free"]),
        ],
    )  # fmt: skip
    def test_of_markdown(self, text: str, found: list[str]) -> None:
        assert quotes(text) == found

    def test_of_latex(self) -> None:
        text = "\\begin{quote}\nDogs travel for free.\n\\end{quote}\nHe said ``so it is then''."
        assert quotes(text, "draft.tex") == ["Dogs travel for free.", "so it is then"]

    def test_of_an_extracted_format(self) -> None:
        checked = check(HTML, "draft.html", claims=False)
        (quotation,) = checked.quotations
        assert quotation.verdict is QuotationVerdict.DRIFTED
        assert quotation.place.lines is None
        assert [str(each) for each in quotation.attributions] == ["ferry.txt"]

    def test_scare_quotes_are_counted(self) -> None:
        checked = check('A "so called" free "ferry" with "dogs that travel".', claims=False)
        assert checked.scare_quotes == 2
        assert len(checked.quotations) == 1

    def test_kind_and_place(self) -> None:
        checked = check('One.\n\n> Dogs travel for free.\n\nAnd "Bread is sold out".', claims=False)
        block, marked = checked.quotations
        assert (block.kind, marked.kind) == (QuotationKind.BLOCK, QuotationKind.MARKS)
        assert block.place.location("draft.md") == "draft.md:3"
        assert marked.place.location("draft.md") == "draft.md:5"


@pytest.mark.usefixtures("world")
class TestAttributions:
    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ('"Dogs travel for free" (ferry.txt)', ["ferry.txt"]),
            ('"Dogs travel for free" (see notes/ferry.txt, p. 3)', ["notes/ferry.txt, p. 3"]),
            ('"Dogs travel for free" (ferry.txt, pp. 3-5; more)', ["ferry.txt, p. 3, 4, 5"]),
            ('"Dogs travel for free" (ferry.txt, S. iv)', ["ferry.txt, p. iv"]),
            ('"Dogs travel for free" (ferry.txt:1)', ["ferry.txt:1"]),
            ('"Dogs travel for free".[^n]\n\n[^n]: In ferry.txt, line 7.', ["ferry.txt:7"]),
            ('"Dogs travel for free"\u00b9\n\n[1] ferry.txt', ["ferry.txt"]),
            ('"Dogs travel for free" [1]\n\n[1]: ferry.txt', ["ferry.txt"]),
            ('["Dogs travel for free"](notes/ferry.txt#x)', ["notes/ferry.txt"]),
            ('"Dogs travel for free", as [they say](ferry.txt).', ["ferry.txt"]),
            ('According to ferry.txt, "dogs travel for free".', ["ferry.txt"]),
            ('In baker.txt it is warm. Look: "dogs travel for free".', []),
            ('"Dogs travel for free". The baker.txt is warm.', []),
            ('"Dogs travel for free" (ferry.txt) and "bread is sold out" (baker.txt)',
             ["ferry.txt", "baker.txt"]),
            ('"Dogs travel for free" (ferry.txt; baker.txt)', ["ferry.txt", "baker.txt"]),
            ('"Dogs travel for free", it says in ferry.txt, p. 3.', ["ferry.txt, p. 3"]),
            ('"Dogs travel for free" stands there. See baker.txt.', []),
            ('"Dogs travel for free" (https://example.org/ferry.html)', None),
            ('"Dogs travel for free" (gone.pdf, p. 3)', ["gone.pdf, p. 3"]),
            ('"Dogs travel for free" (e.g. on Sundays, v1.2)', []),
            ("> Dogs travel for free.\n> -- ferry.txt", ["ferry.txt"]),
        ],
    )  # fmt: skip
    def test_are_found(self, text: str, named: list[str] | None) -> None:
        checked = check(text, claims=False)
        found = [str(named) for each in checked.quotations for named in each.attributions]
        assert found == named or named is None
        if named is None:
            assert checked.sound

    def test_a_source_that_is_not_indexed_is_told(self) -> None:
        (quotation,) = check('"Dogs travel for free" (gone.pdf)', claims=False).quotations
        assert quotation.verdict is QuotationVerdict.EXACT
        assert "gone.pdf, which the draft names, is not indexed" in quotation.detail

    def test_any_of_several_sources(self) -> None:
        assert check('"Bread is sold out" (ferry.txt; baker.txt)', claims=False).sound


@pytest.mark.usefixtures("world")
class TestClaims:
    def claims(self, text: str, name: str = "draft.md") -> list[str]:
        return [each.text for each in check(text, name).claims or ()]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("# The ferry leaves at nine\n\nDogs travel for free on it.",
             ["Dogs travel for free on it."]),
            ("When does the ferry leave? Too short. It leaves at nine today.",
             ["It leaves at nine today."]),
            ("- The *ferry* leaves at [nine](x.md) sharp.[^1]\n\n[^1]: A note that says more here.",
             ["The ferry leaves at nine sharp."]),
            ("> The ferry leaves at nine sharp.\n\n```\nthis is code and no claim\n```", []),
            ('"The ferry to Elba leaves at nine" (ferry.txt).', []),
            ('He is sure that the ferry "leaves at nine".',
             ['He is sure that the ferry "leaves at nine".']),
            ("| The ferry | leaves at nine |\n|---|---|\n| a | b |", []),
        ],
    )  # fmt: skip
    def test_are_sentences_that_say_something(self, text: str, found: list[str]) -> None:
        assert self.claims(text) == found

    def test_missing_numbers_and_negations_are_told(self) -> None:
        checked = check("The ferry to Elba carries 150 passengers. Dogs don't travel for free.")
        first, second = checked.claims or ()
        assert first.lacking == ("150",)
        assert second.negation
        assert not first.negation

    def test_none_without_them(self) -> None:
        checked = check("The ferry leaves at nine sharp.", claims=False)
        assert checked.claims is None
        assert checked.to_dict()["claims"] is None

    def test_the_draft_is_no_source_of_itself(self, world: Path) -> None:
        text = 'The moon is made of green cheese. "It is made of green cheese".'
        (world / "notes/draft [1].md").write_text(text)
        build([world / "notes"], world / ".qa", encoder=HashingEncoder(dimension=16))
        checked = qa.check(world / "notes/draft [1].md")
        assert [each.verdict for each in checked.quotations] == [QuotationVerdict.NOWHERE]
        (claim,) = checked.claims or ()
        assert claim.citation is None or "draft" not in claim.citation.source.path


@pytest.mark.usefixtures("world")
class TestHostile:
    def test_no_quotation(self) -> None:
        checked = check("Nothing here.", claims=False)
        assert checked.sound
        assert checked.quotations == ()

    @pytest.mark.parametrize("text", ["", " ", "\n" * 1000, "\u201c", ">", "> ", '"' * 1001])
    def test_next_to_nothing(self, text: str) -> None:
        assert check(text or " x", claims=False).sound

    def test_ten_megabytes(self) -> None:
        text = "Dogs travel for free and so do cats, of course. " * 200_000
        checked = check(text + '"Dogs travel for money."', claims=False)
        assert len(checked.quotations) == 1

    @pytest.mark.parametrize(
        ("name", "unit"),
        [
            ("draft.tex", "\\begin{quote} a "),
            ("draft.md", "`"),
            ("draft.md", "[^1]: a\n"),
            ("draft.md", "]("),
            ("draft.md", "<a "),
            ("draft.md", "> a\n\n"),
            ("draft.md", "a.b "),
        ],
    )
    def test_a_megabyte_of_marks(self, name: str, unit: str) -> None:
        assert check(unit * (200_000 // len(unit)), name, claims=False).sound

    def test_a_quotation_of_a_megabyte(self) -> None:
        checked = check('"' + "Dogs travel for free. " * 50_000 + '"', claims=False)
        assert not checked.sound

    def test_ten_thousand_quotations(self) -> None:
        text = "".join(f'He said "Dogs travel for {n} crowns". ' for n in range(50))
        same = 'He said "Dogs travel for free". ' * 10_450
        checked = check(text + same, claims=False)
        assert len(checked.quotations) == 10_000
        assert checked.not_checked == 500

    def test_unbalanced_marks(self) -> None:
        text = "\n\n".join(
            f"\u201cDogs {n} \u201e\u00ab travel \u2018 for free" for n in range(300)
        )
        checked = check(text + '\n\n"Bread is sold out"', claims=False)
        assert checked.unclosed > 120
        assert "Bread is sold out" in [each.text for each in checked.quotations]

    @pytest.mark.parametrize("name", ["none.md", "notes", "x.pdf"])
    def test_what_cannot_be_read(self, name: str) -> None:
        Path("x.pdf").write_bytes(b"%PDF-1.7 rubbish")
        with pytest.raises(qa.InputError, match=name):
            qa.check(name)


@pytest.mark.usefixtures("world")
class TestPage:
    def test_everything_is_escaped(self) -> None:
        text = 'He <b>wrote "<script>alert(2)</script> is not run by <img src=x> anybody".\n\n' \
               'The ferry to Elba leaves at <script>alert(3)</script> nine.'  # fmt: skip
        page = to_html(check(text, "a<b>.md"))
        assert "<script" not in page
        assert "<img" not in page
        assert "a&lt;b&gt;.md" in page
        assert "default-src &#x27;none&#x27;" in page

    def test_problems_come_first(self) -> None:
        page = to_html(check('"Bread is sold out". "Bread is sold in". "Nobody wrote this ever".'))
        places = [page.index(title) for title in ("Problems", "Quotations that stand")]
        assert places == sorted(places)
        assert "<del>" in page

    def test_no_space_stands_before_a_full_stop(self) -> None:
        changes = (
            qa.WordChange(qa.DifferenceKind.SAME, "We work with", "We work with"),
            qa.WordChange(qa.DifferenceKind.CHANGED, "Brazil", "<Mexico>"),
            qa.WordChange(qa.DifferenceKind.SAME, ". We", ". We"),
        )
        told = _changes(changes)
        assert told == "We work with <del>Brazil</del> <ins>&lt;Mexico&gt;</ins>. We"

    def test_only_what_was_left_out_is_told(self) -> None:
        assert "Left out" not in to_html(check('"Bread is sold out by noon".'))
        page = to_html(check('It is "so". "Bread is sold out by noon".'))
        assert "Left out: 1 quotations of one or two words." in page

    def test_it_is_a_html_file(self, world: Path) -> None:
        checked = check("Nothing.", claims=False)
        with pytest.raises(qa.InputError, match=r"name a \.html file"):
            qa.write_check(checked, world / "page.pdf")


@pytest.mark.usefixtures("world")
class TestCommand:
    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
        code = main(["check", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    def test_problems_first(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("draft.md").write_text(
            'It is "Bread is sold out by noon". It is "Dogs travel for money". The cat sat there.'
        )
        code, out, _ = self.run(capsys, "draft.md")
        assert code == 1
        assert "2 quotations: 1 exact, 1 drifted" in out
        assert "Dogs travel for [-money-] {+free+}" in out
        assert "Bread" not in out
        code, out, _ = self.run(capsys, "draft.md", "--full", "--no-claims")
        assert "Bread is sold out by noon" in out
        assert "sentences:" not in out

    def test_sound(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("draft.md").write_text('It is "Bread is sold out by noon".')
        assert self.run(capsys, "draft.md", "--no-claims")[0] == 0

    def test_json_and_report(self, capsys: pytest.CaptureFixture[str], world: Path) -> None:
        Path("draft.md").write_text('It is "Dogs travel for money".')
        code, out, err = self.run(capsys, "draft.md", "--json", "--report", "page.html")
        told = json.loads(out)
        assert code == 1
        assert told["schema"] == "qa.draft/1"
        assert told["counts"] == {
            "exact": 0, "typography": 0, "drifted": 1, "misplaced": 0, "nowhere": 0,
        }  # fmt: skip
        assert told["quotations"][0]["check"]["verdict"] == "drifted"
        assert "wrote page.html" in err
        assert (world / "page.html").read_text().startswith("<!doctype html>")

    @pytest.mark.parametrize(
        ("arguments", "code", "told"),
        [
            (["none.md"], 2, "cannot read none.md: No such file or directory"),
            (["notes/ferry.txt", "--report", "x.txt"], 2, "name a .html file"),
            (["notes/ferry.txt", "--in", "nowhere"], 2, "no such file or folder"),
            (["notes/ferry.txt", "--index", "none"], 3, "none"),
        ],
    )
    def test_mistakes(
        self, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, told: str
    ) -> None:
        found, out, err = self.run(capsys, *arguments)
        assert found == code
        assert told in err
        assert out == ""

    def test_control_characters_are_escaped(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("draft.md").write_text('It is "Dogs travel \x1b[31m for \x9b money".')
        _, out, _ = self.run(capsys, "draft.md", "--no-claims")
        assert "\x1b" not in out
        assert "\x9b" not in out


@pytest.mark.usefixtures("world")
class TestOneQuote:
    def run(
        self, capsys: pytest.CaptureFixture[str], quote: str, *arguments: str
    ) -> tuple[int, str, str]:
        code = main(["verify", "--quote", quote, *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    @pytest.mark.parametrize(
        ("quote", "arguments", "code", "told"),
        [
            ("Dogs travel for free", (), 0, "exact: stands at notes/ferry.txt:1"),
            ("Dogs travel \u2026 Nobody may smoke", (), 0, "exact but for typography: stands at"),
            ("Dogs travel for money", (), 1, "[-money-] {+free+}"),
            ("Dogs travel for free", ("--source", "baker.txt"), 1, "elsewhere: the named source"),
            ("nothing of the kind", (), 1, "nowhere: no source holds it"),
        ],
    )
    def test_verdict_and_exit_code(
        self,
        capsys: pytest.CaptureFixture[str],
        quote: str,
        arguments: tuple[str, ...],
        code: int,
        told: str,
    ) -> None:
        found, out, _ = self.run(capsys, quote, *arguments)
        assert found == code
        assert told in out

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, out, _ = self.run(capsys, "Dogs travel for free", "--json")
        assert json.loads(out)["schema"] == "qa.quote/1"

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--quote", "x", "answer.json"], "leave FILE and --strict out"),
            (["--source", "x"], "use it with --quote"),
            (["--quote", "x", "--source", "nowhere.pdf"], "nowhere.pdf is not indexed"),
        ],
    )
    def test_mistakes(
        self, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
    ) -> None:
        assert main(["verify", *arguments]) == 2
        assert told in capsys.readouterr().err
