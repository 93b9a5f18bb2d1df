"""Runs in notebooks."""

from html.parser import HTMLParser

from qa_eval import Question, QuestionSet, Response, run
from tests.eval.builders import example_run, response

HOSTILE = "</td><script>alert(1)</script>"


class Elements(HTMLParser):
    """The names of all elements, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_run_shows_its_measures() -> None:
    example = example_run()
    page = Elements(example._repr_html_())
    assert {"table", "th", "td", "details"} <= page.names
    assert not {"script", "style", "link"} & page.names
    assert {*example.modes, "nDCG@10", "latency p50", "By tag"} <= set(page.text)


def test_names_are_text() -> None:
    def ask(_: str) -> Response:
        return response()

    asked = QuestionSet(HOSTILE, (Question("a", HOSTILE, False, tags=(HOSTILE,)),))
    page = Elements(run(asked, {HOSTILE: ask}, text_of=lambda _: None)._repr_html_())
    assert "script" not in page.names
    assert HOSTILE in page.text
