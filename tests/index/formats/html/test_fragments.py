"""Links to quotes in pages."""

from urllib.parse import unquote

import pytest

from qa_index.formats import built_in, parse
from qa_index.records import Fragment, Span

LOCATE = built_in()["html"].locate


def link(markup: str, quote: str) -> str:
    data = markup.encode()
    parsed = parse(data, name="a.html")
    start = parsed.text.rindex(quote)
    assert LOCATE is not None
    ((place,),) = LOCATE(data, parsed, [Span(start, start + len(quote))])
    assert isinstance(place, Fragment)
    return place.fragment


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h2 id=one>One</h2><p>Some text.</p><h2 id=two>Two</h2><p>The quote.", "#two"),
        ("<h2 id=one>One</h2><p id=p1>A.</p><p>The quote.", "#p1"),
        ("<h2><a name=old></a>One</h2><p>A.</p><p>The quote.", "#old"),
        ("<section id=s><h2>One</h2><p>The quote.</section>", "#s"),
        ("<h2 id=one>One</h2><p>A.</p><p id='x y'>See <b id=in>The quote.</b>", "#in"),
        ("<h2 id=one>One</h2><table><tr><td>A<td>B<tr id=r2><td>C<td>The quote.</table>", "#r2"),
    ],
)
def test_the_nearest_id_of_the_section(markup: str, expected: str) -> None:
    assert link(markup, "The quote.") == expected


def test_text_fragments_where_the_section_has_no_id() -> None:
    page = (
        "<div id=page><p>First.</p><h2 id=a>A</h2><p>x</p><h2>B</h2><p>Rent, pets - and more.</p>"
    )
    assert link(page, "Rent, pets - and more.") == "#:~:text=Rent%2C%20pets%20%2D%20and%20more."
    assert link("<div id=page><p>First.</p><p>A quote.</p></div>", "A quote.") == (
        "#:~:text=A%20quote."
    )


def test_long_quotes_are_linked_by_their_ends() -> None:
    words = " ".join(f"word{number}" for number in range(60))
    assert link(f"<p>Before.</p><p>{words}</p>", words) == (
        "#:~:text=word0%20word1%20word2%20word3%20word4,word55%20word56%20word57%20word58%20word59"
    )


def test_a_repeated_quote_is_told_by_the_words_before() -> None:
    page = "<p>The cat is here.</p><p>A black bird: The cat is here.</p>"
    assert unquote(link(page, "The cat is here.")) == "#:~:text=A black bird:-,The cat is here."


def test_markers_that_the_page_does_not_have_are_left_out() -> None:
    page = "<p>x</p><ul><li>First item here.<li>Second one.</ul>"
    assert unquote(link(page, "• First item here.\n• Second one.")) == (
        "#:~:text=First item here.,Second one."
    )


def test_another_text_has_no_place() -> None:
    data = b"<p>Some text.</p>"
    other = parse(b"<p>Other text.</p>", name="a.html")
    assert LOCATE is not None
    assert LOCATE(data, other, [Span(0, 4)]) == [()]
