"""What notebooks show: complete, escaped, without scripts, and bounded."""

import base64
import re
import shutil
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import qa
from qa.answers import Answer, Reason
from qa.places import Lines, Source, SourceSpan
from qa.rendering import notebook
from qa.turns import CarriedOver
from qa_index.records import Correction
from tests.qa.rendering.test_answers import QUOTE, answer, citation

ROOT = Path(__file__).parents[3]

HOSTILE = (
    "</mark></div><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\u202e \" ' &amp;"
)

ELEMENTS = {
    "div", "span", "strong", "small", "code", "details", "summary", "mark", "br", "img",
}  # fmt: skip
ATTRIBUTES = {"style", "class", "open", "alt", "src", "loading"}
VOID = {"br", "img"}


class Page(HTMLParser):
    """The elements, attributes and text of HTML whose elements are all closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")
        if tag not in VOID:
            self._open.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marked[-1] += data


def page_of(shown: object) -> Page:
    return Page(shown._repr_html_())  # type: ignore[attr-defined]


def test_an_answer_shows_how_sure_it_is_and_its_passages() -> None:
    page = page_of(answer(citation(), citation(rank=2)))
    assert "Where?" in page.text
    assert "Very likely (93%)" in page.text
    assert page.text.count("a/b c.txt:7") == 2
    assert page.text.count(QUOTE) == 2
    assert page.marked == ["It gathered 300 people."] * 2
    assert "A title › Part › Chapter" in page.text
    assert page.elements["details"] == 2
    assert len(page.attributes["open"]) == 1


def test_no_answer_opens_nothing() -> None:
    page = page_of(answer(citation(), reason=Reason.BELOW_THRESHOLD))
    assert "No answer. An answer here is very likely (93%); 30% is needed." in page.text
    assert "Nearest passages, not an answer:" in page.text
    assert "open" not in page.attributes


def test_the_answering_words_are_marked_apart() -> None:
    page = page_of(citation(answer_span=SourceSpan(147, 150)))
    assert page.marked == ["It gathered ", "300", " people."]
    assert sum("bold" in style for style in page.attributes["style"]) == 1


def test_corrections_warnings_and_marks_are_told() -> None:
    shown = replace(
        answer(citation(stale=True)),
        corrections=(Correction("forrum", "forum"),),
        warnings=("the model has no profile",),
        after=CarriedOver(("Who built it?", "when?"), (), ()),
    )
    text = page_of(shown).text
    assert '"forrum" is in no document; read as "forum"' in text
    assert "warning: the model has no profile" in text
    assert 'Read with the questions before: "Who built it?", "when?"' in text
    assert "changed since it was indexed" in text


def hostile() -> Answer:
    source = Source(HOSTILE, HOSTILE, "text/plain", "0" * 64, False)
    quote = f"Before. {HOSTILE} After."
    one = citation(
        quote,
        source=source,
        heading_path=(HOSTILE,),
        evidence=(SourceSpan(108, 108 + len(HOSTILE)),),
        lines=Lines(1, 1),
    )
    return replace(
        answer(one),
        question=HOSTILE,
        warnings=(HOSTILE,),
        corrections=(Correction(HOSTILE, HOSTILE),),
        after=CarriedOver((HOSTILE,), (HOSTILE,), (HOSTILE,)),
    )


@pytest.mark.parametrize("part", ["answer", "citation"])
def test_whatever_documents_hold_is_text(part: str) -> None:
    shown = hostile() if part == "answer" else hostile().citations[0]
    page = page_of(shown)
    assert set(page.elements) <= ELEMENTS
    assert "img" not in page.elements
    assert set(page.attributes) <= ATTRIBUTES
    assert "alert(1)" in page.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", page.text)


def test_amounts_are_no_formulas() -> None:
    html = citation("It costs $5 or $6.", evidence=())._repr_html_()
    assert not re.search(r"\$[^<]", html)
    assert "It costs $5 or $6." in Page(html).text


def test_only_so_many_passages_are_shown() -> None:
    many = [citation(rank=rank) for rank in range(1, 101)]
    page = page_of(answer(*many))
    assert page.elements["details"] == notebook.MOST_PASSAGES
    assert "80 more passages" in page.text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(ROOT / "tests/fixtures/article/article.pdf", folder)
    qa.index(folder / "article.pdf", into=folder / ".qa")
    return folder


@pytest.fixture(scope="module")
def cited(folder: Path) -> qa.Citation:
    with qa.open(folder / ".qa") as session:
        question = "When was the Office of the Saltfleet Lights founded?"
        return session.ask(question).citations[0]


class TestPages:
    def test_a_citation_shows_its_page_closed(self, cited: qa.Citation) -> None:
        page = page_of(cited)
        [source] = page.attributes["src"]
        assert source.startswith("data:image/png;base64,")
        picture = base64.b64decode(source.partition(",")[2])
        assert picture == cited.pictures(dots_per_inch=100)[1]
        assert page.attributes["loading"] == ["lazy"]
        assert len(page.attributes["open"]) == 1  # the passage

    def test_a_large_picture_is_drawn_smaller_or_left_out(
        self, cited: qa.Citation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        small = cited.pictures(dots_per_inch=50)[1]
        monkeypatch.setattr(notebook, "MOST_BYTES", len(small))
        [source] = page_of(cited).attributes["src"]
        assert base64.b64decode(source.partition(",")[2]) == small
        monkeypatch.setattr(notebook, "MOST_BYTES", len(small) - 1)
        page = page_of(cited)
        assert "src" not in page.attributes
        assert "the picture of page 1 is too large to be shown" in page.text

    def test_without_the_file_the_reason_is_told(self, cited: qa.Citation, folder: Path) -> None:
        gone = replace(cited, root=str(folder / "nowhere"))
        page = page_of(gone)
        assert "src" not in page.attributes
        assert "no picture of the page: article.pdf changed or is gone" in page.text

    def test_an_answer_draws_nothing(
        self, cited: qa.Citation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(qa.Citation, "pictures", None)
        assert "src" not in page_of(answer(cited)).attributes
