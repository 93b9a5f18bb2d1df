"""The source beside the answer, opened at the place; marks only where the passage was found."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser import Tab, needs_chromium, tab_in
from tests.support.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = needs_chromium

HONEY = "How much honey does a strong colony consume?"

YELLOW = """() => {
    const image = document.querySelector("#source-body img");
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let [pale, strong] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
        const yellow = Math.min(data[at], data[at + 1]) - data[at + 2];
        if (yellow > 150) strong += 1;
        else if (yellow > 50) pale += 1;
    }
    return { pale, strong };
}"""
"""Counts the dots of the colours of passages and of sentences that answer."""


def picture(tab: Tab) -> dict[str, int]:
    tab.page.wait_for_selector("#source-body img")
    told: dict[str, int] = tab.page.evaluate(YELLOW)
    return told


def test_the_page_of_a_pdf_is_opened_with_the_passage_marked(tab: Tab) -> None:
    tab.ask(HONEY)
    assert tab.text("#source-place").startswith("docs/bees.pdf, page ii (2)")
    assert tab.text("#page-name") == "2 of 3"
    marks = picture(tab)
    assert marks["pale"] > 10_000
    assert marks["strong"] > 5_000
    assert "with the passage marked" in str(
        tab.page.locator("#source-body img").get_attribute("alt")
    )


def test_another_page_is_shown_without_marks_and_says_so(tab: Tab) -> None:
    tab.ask(HONEY)
    tab.page.click("#page-before")
    tab.page.wait_for_selector("#source-notes p")
    assert tab.text("#source-notes") == "The passage is not on this page but on page 2."
    assert tab.text("#page-name") == "1 of 3"
    assert picture(tab) == {"pale": 0, "strong": 0}
    tab.page.keyboard.press("[")
    assert tab.text("#page-name") == "1 of 3", "there is none before the first"
    tab.page.click("#page-after")
    tab.page.wait_for_selector("#source-notes:not(:has(p))", state="attached")
    assert picture(tab)["strong"] > 5_000


def test_the_mark_is_in_sight_also_twice_as_wide(tab: Tab) -> None:
    tab.ask(HONEY)
    small = tab.page.locator("#source-body img").bounding_box()
    tab.page.click("#zoom")
    tab.page.wait_for_selector("#source-body img.zoomed")
    large = tab.page.locator("#source-body img").bounding_box()
    assert small
    assert large
    assert round(large["width"] / small["width"], 1) == 2
    assert tab.page.evaluate("document.getElementById('source-body').scrollTop") > 50


def test_the_text_of_a_pdf_is_marked_too(tab: Tab) -> None:
    tab.ask(HONEY)
    tab.page.click("#as-text")
    tab.page.wait_for_selector("#source .text")
    assert "page ii (2)" in tab.texts("#source .break")
    marked = "".join(tab.texts("#source mark.evidence"))
    assert marked.startswith("A strong colony consumes about fifteen kilograms of honey")
    assert tab.text("#source mark.answer").endswith("fifteen kilograms")


def test_lines_of_a_text_are_numbered(tab: Tab) -> None:
    tab.ask("How much oil is Pemex supposed to produce?")
    line = tab.page.locator("#source .numbered-line", has=tab.page.locator("mark.evidence"))
    assert line.locator(".number").inner_text() == "3"
    assert "1.8 million barrels per day" in line.locator("mark.answer").inner_text()


def test_offsets_count_code_points(tab: Tab) -> None:
    tab.ask("From where does the ferry to Ostrava Island leave?")
    sentence = "The ferry to Ostrava Island leaves from pier seven."
    assert sentence in tab.text(".lead .sentence")
    assert sentence in "".join(tab.texts("#source mark.evidence"))
    assert tab.text(".lead .sentence").endswith("seven.")


def test_rows_of_a_sheet_are_a_table_with_the_cells_marked(tab: Tab) -> None:
    tab.ask("How many Stanley cups did the Flyers win?")
    assert "docs/stanley-cups.xlsx, sheet" in tab.text("#source-place")
    cells = tab.texts(".lead .sentence .cell")
    assert len(cells) == 3
    rows = tab.page.locator("#source tr", has=tab.page.locator("mark.evidence")).all()
    assert cells in [row.locator("td").all_inner_texts() for row in rows]


def test_fields_of_a_csv_are_cells(tab: Tab) -> None:
    tab.ask("Who is the reader of the meter in the cellar, left?")
    row = tab.page.locator("#source tr", has=tab.page.locator("mark.evidence")).first
    assert row.locator("td").all_inner_texts() == ["Cellar, left", "Ines Quast", "4711"]


@pytest.mark.parametrize("begins", ["Name\tSum\n", ""])
def test_columns_have_their_names_wherever_a_table_begins(tab: Tab, begins: str) -> None:
    table = tab.page.evaluate(
        """async (begins) => {
            const { laidOut } = await import("/static/layout.js");
            const start = 500 + begins.length;
            const row = { kind: "table", start, end: start + 8, header: "Name\\tSum" };
            const blocks = begins ? [{ ...row, start: 500, end: start, header: "" }, row] : [row];
            const marks = [{ kind: "passage", start, end: start + 3 }];
            const [{ firstChild }] = laidOut(`${begins}Abe\\t1\\n`, 500, { blocks, marks });
            const all = (name) => [...firstChild.querySelectorAll(name)];
            const texts = (name) => all(name).map((each) => each.textContent);
            return { names: texts("th"), cells: texts("td"), marks: texts("mark") };
        }""",
        begins,
    )
    assert table == {"names": ["Name", "Sum"], "cells": ["Abe", "1"], "marks": ["Abe"]}


def test_a_file_that_changed_is_told_and_its_indexed_text_is_shown(tab: Tab) -> None:
    tab.expected = ("409",)
    tab.ask("Who painted the lighthouse of Saltmarsh green?")
    tab.page.wait_for_selector("#source-notes p")
    assert "The page cannot be shown: " in tab.text("#source-notes")
    assert "Cornelius Abel" in "".join(tab.texts("#source mark"))
    assert "changed or is gone" in tab.text(".lead .caution")
    tab.page.click(".lead >> text=Check it now")
    tab.page.wait_for_selector(".lead .fallen")
    assert tab.text(".lead .fallen").startswith("The file no longer holds it")


def test_a_quote_is_checked_against_the_file(tab: Tab) -> None:
    tab.ask(HONEY)
    tab.page.click(".lead >> text=Check it now")
    tab.page.wait_for_selector(".lead .stands")
    assert tab.text(".lead .stands") == "It stands in the file, word for word, at this place."


@pytest.mark.parametrize("shown", ["page", "text"])
def test_nothing_is_marked_that_was_not_found(tab: Tab, shown: str) -> None:
    def without_places(route: Any) -> None:
        response = route.fetch()
        answer = response.json()
        for citation in answer["citations"]:
            citation["places"] = citation["evidence_places"] = []
            citation["quote"] = citation["quote"].replace("honey", "money")
        route.fulfill(response=response, body=json.dumps(answer))

    tab.page.route("**/ask", without_places)
    tab.ask(HONEY)
    if shown == "text":
        tab.page.click("#as-text")
        tab.page.wait_for_selector("#source .text")
        tab.page.wait_for_selector("#source-notes p")
        assert tab.texts("#source mark") == []
    tab.page.wait_for_selector("#source-notes p")
    assert "could not be found" in tab.text("#source-notes")
    assert "nothing is marked" in tab.text("#source-notes")


def test_more_of_the_text_is_shown_without_moving_what_is_read(tab: Tab) -> None:
    tab.ask("How much oil is Pemex supposed to produce?")
    tab.page.wait_for_selector("#source .text")
    for _ in range(5):
        buttons = tab.page.locator("#source .more")
        if not buttons.count():
            break
        count = buttons.count()
        buttons.first.click()
        tab.page.wait_for_selector(f"#source .more >> nth={count - 1}", state="detached")
    numbers = tab.texts("#source .number")
    assert numbers[0] == "1"
    assert numbers == [str(number + 1) for number in range(len(numbers))]


def test_the_token_is_asked_for_once_and_kept_for_the_tab(browser: "Browser", corpus: Path) -> None:
    token = "a-token-of-32-letters-and-digits"
    with Served(folder=corpus, QA_TOKEN=token) as service:
        url = f"http://127.0.0.1:{service.port}"
        with tab_in(browser, url) as tab:
            tab.expected = ("401",)
            tab.open()
            tab.page.wait_for_selector("#token[open]")
            tab.page.fill("#token-text", "not-the-token-that-is-wanted")
            tab.page.press("#token-text", "Enter")
            tab.page.wait_for_selector("#token-refused:visible")
            tab.page.fill("#token-text", token)
            tab.page.press("#token-text", "Enter")
            tab.page.wait_for_selector(".held")
            tab.ask(HONEY)
            assert picture(tab)["strong"] > 5_000
            assert tab.page.evaluate("sessionStorage.getItem('qa.token')") == token
            assert tab.page.evaluate("JSON.stringify(localStorage)") == "{}"
            assert token not in tab.page.url
            tab.check()
