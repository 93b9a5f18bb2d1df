"""The page of a pack in Chromium, without a network: on a desk, on a phone, and printed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

import qa
from qa_index import parsing
from tests.qa.packing.conftest import ALL, QUESTIONS
from tests.support.browser import CHROMIUM, FLAGS, needs_axe, needs_chromium, objections, tab_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [needs_chromium, needs_axe]

Theme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def address(folder: Path) -> str:
    """Of a pack with a quote that does not stand any more, and one without pictures."""
    Path("docs/rent.txt").write_text("No dogs.")
    made = qa.pack(ALL, to="all.html", allow_changed=True)
    assert made.not_standing
    return (folder / "all.html").as_uri()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_it_opens_alone(browser: "Browser", address: str, width: int, theme: Theme) -> None:
    with tab_in(browser, address, width=width, theme=theme, offline=True) as tab:
        tab.page.goto(address)
        assert tab.texts("h2")[: len(QUESTIONS)] == list(QUESTIONS.values())
        assert objections(tab) == []
        assert not tab.overflows()
        [drawn] = tab.page.evaluate("[...document.images].map(each => each.naturalWidth)")
        assert drawn > 500
        assert tab.text("mark u") == "one"
        tab.check()


def test_without_script(browser: "Browser", address: str) -> None:
    with tab_in(browser, address, offline=True, java_script_enabled=False) as tab:
        tab.page.goto(address)
        assert "does not stand in the source" in tab.page.inner_text("main")
        tab.check()


def test_printed(browser: "Browser", address: str) -> None:
    with tab_in(browser, address, theme="dark", offline=True) as tab:
        tab.page.goto(address)
        printed = parsing.parse(tab.page.pdf(format="A4"), name="printed.pdf")
    told = " ".join(printed.text.split())
    for shown in (*QUESTIONS.values(), "one dog in the flat", "SHA-256 of the quote"):
        assert shown in told


def test_what_documents_hold_is_no_markup(browser: "Browser", folder: Path) -> None:
    evil = "<img src=x onerror=\"document.title='executed'\"><script>document.title = 1</script>"
    named = Path("docs/<b onmouseover=alert(1)>.txt")
    named.write_text(f"The harbour master of Ostrava Island is Cabby Deveraux {evil}.\n")
    qa.index(["docs"], offline=True)
    with qa.open() as session:
        answer = session.ask(f"Who is the harbour master of Ostrava Island? {evil}", k=1)
    assert evil in answer.citations[0].quote
    qa.pack(answer, to="evil.html")
    address = (folder / "evil.html").as_uri()
    with tab_in(browser, address, offline=True) as tab:
        tab.page.goto(address)
        assert evil in tab.page.inner_text("blockquote")
        assert str(named) in tab.page.inner_text("article h3")
        assert tab.page.title().startswith("Evidence: Who is the harbour master")
        assert (
            tab.page.evaluate("document.querySelectorAll('article img, article script, b').length")
            == 0
        )
        tab.check()
