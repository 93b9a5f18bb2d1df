"""The standard library's parser gives the same as turbohtml for pages without errors."""

import sys
from pathlib import Path

import pytest

from qa_index.formats import parse
from tests.index.formats.html.test_html import PAGE

PAGES = [
    PAGE,
    "<p>one<p>two <i>and</i> three<div>four</div>five",
    "<ul><li>a<ul><li>b<li>c</ul><li>d</ul><dl><dt>e<dd>f<dt>g<dd>h</dl>",
    "<table><tr><td>1<td>2<tr><td>3<td>4</table>tail",
    "<table><thead><tr><th>a<th>b<tbody><tr><td>x<td><table><tr><td>y<td>z</table></table>",
    "<title>A &amp; B</title><p>&copy; &#x41;&nbsp;c<br/>d<hr>e<img alt='a cat sleeps'>",
    "<pre>\n  a\n\n  b</pre><textarea>\nx</textarea><select><option>1<option>2</select>",
    "<ruby>漢<rt>kan</ruby><svg viewBox='0'><path d=''/><text>t</text></svg><p>after",
    "<h1>a</h1>text<h2>b</h2><section><h3>c</h3><p>d</section>",
    "<script>if (a < b) { '<p>' }</script><style>p > a {}</style><!-- <p>no</p> -->yes",
    "plain text only",
    "",
]


@pytest.mark.parametrize("page", PAGES)
def test_both_parsers_give_the_same(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = parse(page.encode(), name="a.html")
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "turbohtml", None)
        assert parse(page.encode(), name="a.html") == expected


def test_without_turbohtml_real_pages_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = sorted((Path(__file__).parents[3] / "fixtures").glob("*.html"))
    assert pages
    for path in pages:
        expected = parse(path.read_bytes(), name=path.name)
        with monkeypatch.context() as without:
            without.setitem(sys.modules, "turbohtml", None)
            assert parse(path.read_bytes(), name=path.name) == expected


@pytest.mark.parametrize("unit", ["<div>", "<b>", "<table><tr><td>", "<li>", "</p>", "<p>", "&"])
def test_hostile_pages(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "turbohtml", None)
    assert "x" in parse((unit * 20_000 + "x").encode(), name="a.html").text
