import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from qa_eval import (
    Limit,
    Overview,
    Question,
    QuestionSet,
    Response,
    Run,
    changes_to_markdown,
    diff,
    fail_under,
    overview,
    print_changes,
    print_gates,
    print_overview,
    run,
    to_html,
    to_markdown,
)
from qa_eval.records import Gold, Retrieved, Span
from qa_eval.report.quotes import quote
from qa_eval.report.text import one_line, visible
from tests.eval.builders import TEXT, example_run, gold, passage, question, response, text_of

HOSTILE = (
    "</script><img src=x onerror=alert(1)>\x1b]52;c;aGk=\x07\u202egnp|*_`[x](http://e) &amp; \x00"
)


@pytest.fixture(scope="module")
def view() -> Overview:
    return overview(example_run())


@pytest.fixture(scope="module")
def hostile_run() -> Run:
    """A run in which all untrusted text is hostile: path, quote, question, id, tag, mode."""
    text = f"Before. {HOSTILE} After."
    asked = Question(f"id {HOSTILE}", HOSTILE, True, (Gold(HOSTILE, HOSTILE),), (), (HOSTILE,))

    def ask(_: str) -> Response:
        return response(Retrieved(HOSTILE, 0, len(text), text, 1.0, (Span(0, 20),)))

    return run(
        QuestionSet(HOSTILE, (asked, Question("u", HOSTILE, False))),
        {f"mode {HOSTILE}": ask, "other": lambda _: response()},
        text_of={HOSTILE: text}.get,
        provenance={HOSTILE: HOSTILE},
    )


def on_terminal(show: object, *arguments: object) -> str:
    stream = io.StringIO()
    show(*arguments, Console(file=stream, width=200, no_color=True))  # type: ignore[operator]
    return stream.getvalue()


class TestTerminal:
    def test_shows_measures_differences_and_tags(self, view: Overview) -> None:
        text = on_terminal(print_overview, view)
        assert "60 questions (40 answerable, 20 unanswerable) of many" in text
        estimate = view.estimates["strong"]["nDCG@10"]
        row = next(line for line in text.splitlines() if "nDCG@10" in line)
        assert f"{estimate.value:.3f} ({estimate.interval.low:.3f}–" in row
        assert "false-answer rate ↓" in text
        assert "latency p95" in text
        assert re.search(r"strong − weak", text)
        assert re.search(r"even +│ +20", text)

    def test_gates_and_changes(self, view: Overview) -> None:
        gates = fail_under(view.run, "weak", [Limit("nDCG@10", 0.99), Limit("nDCG@10", 0.01)])
        assert re.match(r"FAILED  nDCG@10 of weak.*\npassed", on_terminal(print_gates, gates))
        changes = diff(view.run, view.run, mode="strong", before_mode="weak")
        text = on_terminal(print_changes, changes)
        assert changes[0].question.text in text
        assert "gold at rank 1" in text
        assert f"10 of {len(changes)} changed questions shown." in text
        assert "No question changed." in on_terminal(print_changes, ())

    @pytest.mark.usefixtures("few_resamples")
    def test_nothing_of_a_document_reaches_the_terminal_raw(self, hostile_run: Run) -> None:
        view = overview(hostile_run)
        first, second = hostile_run.modes
        changes = diff(hostile_run, hostile_run, mode=first, before_mode=second)
        assert changes
        text = on_terminal(print_overview, view) + on_terminal(print_changes, changes)
        assert not re.search("[\x00\x07\x1b\u202e]", text)


class TestMarkdown:
    def test_tables(self, view: Overview) -> None:
        text = to_markdown(view)
        assert "| measure | weak | strong |\n| --- | ---: | ---: |\n| nDCG@10 | 0." in text
        assert "## By tag" in text

    def test_a_stranger_writes_no_markup(self, hostile_run: Run) -> None:
        first, second = hostile_run.modes
        changes = diff(hostile_run, hostile_run, mode=first, before_mode=second)
        text = to_markdown(overview(hostile_run)) + changes_to_markdown(changes)
        assert not re.search(r"(?<!\\)(<(?!br>)|\[x|\*|`|_)", text)
        tables = [line for line in text.splitlines() if line.startswith("|")]
        assert all(line.endswith("|") for line in tables)

    def test_no_change(self) -> None:
        assert "No question changed." in changes_to_markdown(())


class Page(HTMLParser):
    """The elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class TestPage:
    def test_is_well_formed_and_needs_nothing_else(self, view: Overview) -> None:
        page = Page(to_html(view))
        assert page.open == []
        for tag, attributes in page.tags:
            assert not attributes.keys() & {"src", "href", "srcset", "action", "style"}, tag
            assert not any(name.startswith("on") for name in attributes)
        assert "http" not in re.sub(r"http-equiv", "", to_html(view))

    def test_every_question_opens_to_its_passages(self, view: Overview) -> None:
        page = Page(to_html(view))
        assert sum(tag == "details" for tag, _ in page.tags) == 60
        assert sum(tag == "blockquote" for tag, _ in page.tags) == 60 * 2 * 3

    def test_a_stranger_writes_no_markup(self, hostile_run: Run) -> None:
        text = to_html(overview(hostile_run))
        tags = [tag for tag, _ in Page(text).tags]
        assert "img" not in tags
        assert tags.count("script") == 1
        assert not re.search("[\x00\x07\x1b\u202e]", text)

    def test_evidence_and_gold_are_marked(self) -> None:
        asked = question("q", gold(5))
        cited = replace(passage(4, 6), evidence=(Span(4 * 34, 5 * 34 + 8),))
        done = run(QuestionSet("s", (asked,)), {"m": lambda _: response(cited)}, text_of=text_of)
        shown = quote(done.questions[0], done.modes["m"][0].passages[0])
        assert f"<mark>{TEXT[4 * 34 : 5 * 34]}</mark><mark><u>Sentence</u></mark><u> 005" in shown
        assert re.sub("<[^>]*>", "", shown) == cited.quote

    def test_one_mode_without_results_or_unanswerable_questions(self) -> None:
        asked = QuestionSet("s", (question("q1", gold(1)),))
        view = overview(run(asked, {"m": lambda _: response()}, text_of=text_of))
        assert "Nothing was retrieved." in to_html(view)
        assert on_terminal(print_overview, view)
        assert to_markdown(view)

    def test_only_unanswerable_questions(self) -> None:
        asked = QuestionSet("s", (question("u1"),))
        view = overview(run(asked, {"m": lambda _: response()}, text_of=text_of))
        assert "No source answers this." in to_html(view)


class TestText:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a\x1b[0m", "a\\x1b[0m"),
            ("a\u202eb", "a\\u202eb"),
            ("tab\tline\n", "tab\tline\n"),
            ("\ud800", "\\ud800"),
            ("père 日本 🙂", "père 日本 🙂"),
        ],
    )
    def test_visible(self, text: str, shown: str) -> None:
        assert visible(text) == shown

    def test_one_line_is_bounded(self) -> None:
        assert one_line(" a\n b ", 10) == "a b"
        assert one_line("abcdef", 4) == "abc…"
        assert one_line(" " * 100 + "x", 10).endswith("…")
        assert len(one_line("x" * 10_000_000, 10)) == 10
