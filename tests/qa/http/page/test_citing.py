"""Copying a citation: each form is what others of its kind read."""

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import qa
from tests.support.browser import Tab, needs_chromium

pytestmark = needs_chromium

HONEY = "How much honey does a strong colony consume?"
SENTENCE = (
    "A strong colony consumes about fifteen kilograms of honey between October and April, and a "
    "keeper who takes too much of it in summer must feed sugar in September."
)


@pytest.fixture
def asked(tab: Tab) -> Tab:
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.ask(HONEY)
    return tab


def copied(tab: Tab, form: str, part: str = "sentence") -> str:
    """What the clipboard holds after copying the first citation."""
    tab.page.keyboard.press("c")
    tab.page.wait_for_selector("#copy:enabled")
    tab.page.check(f"#copying input[value={form}]")
    if form != "json":
        tab.page.check(f"#copying input[value={part}]")
    tab.page.click("#copy")
    tab.page.wait_for_selector("#copied:has-text('Copied')")
    tab.page.keyboard.press("Escape")
    text: str = tab.page.evaluate("navigator.clipboard.readText()")
    return text


def test_plain(asked: Tab) -> None:
    text = copied(asked, "plain")
    assert text.startswith(f"“{SENTENCE}” (")
    assert "docs/bees.pdf, page ii (2); SHA-256 of the file 7606cdba7cfff27c" in text


def test_markdown(asked: Tab) -> None:
    tokens = MarkdownIt("commonmark").parse(copied(asked, "markdown"))
    assert tokens[0].type == "blockquote_open"
    inlines = [token for token in tokens if token.type == "inline"]
    assert inlines[0].content == SENTENCE
    link = next(child for child in inlines[1].children or [] if child.type == "link_open")
    assert link.attrs["href"] == "docs/bees.pdf#page=2"


def test_bibtex(asked: Tab) -> None:
    text = copied(asked, "bibtex")
    assert re.match(r"@misc\{qa-[0-9a-f]{16},\n", text)
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", text, re.MULTILINE))
    assert fields["pages"] == "ii"
    assert fields["note"] == "page ii (2)"
    assert fields["annote"] == f"``{SENTENCE}''"
    assert fields["language"] == "en"
    assert text.count("{") == text.count("}")


def test_json_can_be_verified(asked: Tab, corpus: Path) -> None:
    text = copied(asked, "json")
    assert len(json.loads(text)["citations"]) == 1
    verified = qa.verify(text, index=corpus / ".qa")
    assert verified.verified
    assert len(verified.citations) == 1


@pytest.mark.parametrize("part", ["sentence", "passage"])
def test_web_annotation(asked: Tab, corpus: Path, part: str) -> None:
    told = json.loads(copied(asked, "annotation", part))
    with qa.open(corpus / ".qa") as session:
        best = session.ask(HONEY).citations[0]
        [marked] = [
            each
            for each in best.evidence
            if best.quote[each.start - best.span.start : each.end - best.span.start] == SENTENCE
        ]
        assert told == best.to_annotation(marked if part == "sentence" else None)


def test_signs_that_forms_would_take_for_their_own(tab: Tab) -> None:
    nasty = "1. *Costs* of A_B & <i>C</i> rose 5% ~ $3 #2 \\ {x}^2 `code` [link](x)"
    parts = {
        "text": nasty,
        "citation": {
            "id": "0123456789abcdef",
            "source": {
                "path": "a b/50% (new)#1?.pdf",
                "title": "R&D_{x}",
                "media_type": "application/pdf",
                "sha256": "ab" * 32,
            },
            "heading_path": [],
            "lines": None,
            "unit": None,
        },
    }
    told = tab.page.evaluate(
        """async (parts) => {
            const { FORMS } = await import("/static/citing.js");
            return { markdown: FORMS.markdown(parts), bibtex: FORMS.bibtex(parts) };
        }""",
        parts,
    )
    tokens = MarkdownIt("commonmark").parse(told["markdown"])
    quote = next(token for token in tokens if token.type == "inline")
    assert "".join(child.content for child in quote.children or []) == nasty
    link = next(
        child for token in tokens for child in token.children or [] if child.type == "link_open"
    )
    assert link.attrs["href"] == "a%20b/50%25%20(new)%231%3F.pdf"
    assert not any(token.type in {"html_block", "ordered_list_open"} for token in tokens)
    assert r"A\_B \& <i>C</i> rose 5\% \textasciitilde{} \$3 \#2" in told["bibtex"]
    assert r"title = {{R\&D\_\{x\}}}" in told["bibtex"]


def test_where_the_clipboard_is_forbidden_it_is_copied_all_the_same(asked: Tab) -> None:
    asked.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    asked.page.keyboard.press("c")
    asked.page.wait_for_selector("#copy:enabled")
    asked.page.click("#copy")
    assert asked.text("#copied") == "Copied as Plain text."
