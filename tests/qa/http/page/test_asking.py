"""Asking: the sentence that answers, its passage, the others, and no answer."""

import json
from collections.abc import Callable
from pathlib import Path

import qa
from qa.rendering.view import likelihood, percent, view_of
from tests.support.browser import Tab, needs_chromium

pytestmark = needs_chromium

PEMEX = "How much oil is Pemex supposed to produce?"


def test_the_sentence_that_answers_comes_first(tab: Tab) -> None:
    tab.ask(PEMEX)
    assert tab.text("#verdict") == "Likely"
    assert "1.8 million barrels per day" in tab.text(".lead .sentence mark.answer")
    assert tab.text(".lead .place") == "docs/seeds/000_f2ddbda4481125c7.txt, line 3"
    whole = tab.page.locator(".lead .whole")
    assert whole.locator("mark.evidence").first.inner_text() in whole.inner_text()
    assert tab.page.locator(".others li").count() == 4
    heights = [line.bounding_box() for line in tab.page.locator(".others .line").all()]
    assert all(box and box["height"] < 50 for box in heights), "a line each"


def test_the_quote_is_word_for_word(tab: Tab, corpus: Path) -> None:
    tab.ask(PEMEX)
    with qa.open(corpus / ".qa") as session:
        [quote] = [each.quote for each in session.ask(PEMEX, k=1).citations]
    assert tab.texts(".lead .whole") == [quote]


def test_why_says_what_the_terminal_says(tab: Tab, corpus: Path) -> None:
    questions = [PEMEX, "How do I bake bread?", "Who read the meter in the attic?"]
    with qa.open(corpus / ".qa") as session:
        answers = [session.ask(question) for question in questions]
    for answer in answers:
        tab.ask(answer.question)
        assert tab.texts(".why li") == list(view_of(answer, here=corpus).explanation)
    told = json.loads(json.dumps([index / 1000 for index in range(1001)]))
    words = tab.page.evaluate(
        """async (told) => {
            const { likelihood, percent } = await import("/static/words.js");
            return told.map((each) => [likelihood(each), percent(each)]);
        }""",
        told,
    )
    # Of halves, JavaScript takes the greater and Python the even one.
    halves = {index / 1000 for index in range(5, 1000, 10)}
    assert [
        (each, word)
        for each, word in zip(told, words, strict=True)
        if each not in halves and word != [likelihood(each), percent(each)]
    ] == []


def test_no_answer_is_a_result_of_its_own(tab: Tab) -> None:
    tab.ask("How do I bake bread?")
    assert tab.text("#verdict") == "The sources do not answer this"
    assert tab.text("#others").startswith("Nearest passages They do not answer the question.")
    assert tab.page.locator(".lead").count() == 0
    assert tab.page.locator("#source").is_hidden()
    assert tab.text("#live").startswith("The sources do not answer this. 5 passages come nearest")
    tab.page.locator(".nearest .line").first.click()
    assert tab.page.locator("#source-nearest").is_visible()


def test_a_screen_reader_is_told_the_answer(tab: Tab) -> None:
    tab.ask(PEMEX)
    tab.page.wait_for_selector("#live:has-text('Opened')", state="attached")
    assert tab.page.get_by_role("search").count() == 1
    assert tab.page.get_by_role("main").count() == 1
    assert tab.page.get_by_role("complementary").count() == 1
    assert tab.focused() == "verdict"


def test_a_misspelt_word_and_no_match(tab: Tab) -> None:
    tab.ask("How much oil is Pemexx supposed to produce?")
    assert "No document holds “Pemexx”; read as “Pemex”." in tab.text(".note")
    tab.ask("xqzzv")
    assert tab.text("#verdict") == "The sources do not answer this"


def test_filters_leave_documents_out_and_stand_in_the_address(tab: Tab) -> None:
    tab.page.click("#filters-button")
    tab.page.fill("[name=paths]", '"docs/a,b.md", docs/*.pdf')
    tab.page.select_option("[name=k]", "10")
    tab.ask(PEMEX)
    assert "path=docs%2Fa%2Cb.md&path=docs%2F*.pdf&k=10" in tab.page.url
    assert [" ".join(text.split()) for text in tab.texts("#set button")] == [
        'path "docs/a,b.md", docs/*.pdf×, remove',
        "passages 10×, remove",
    ]
    files = set(tab.texts(".line .file"))
    assert files <= {"bees.pdf", "old.pdf"}
    assert files
    tab.page.click("text=Ask all documents")
    tab.settled()
    assert "path=" not in tab.page.url
    assert "k=10" in tab.page.url
    assert tab.text("#verdict") == "Likely"


def test_what_the_service_refuses_is_told_and_can_be_asked_again(tab: Tab) -> None:
    tab.expected = ("503",)
    busy = {"error": {"code": "busy", "message": "too many requests are waiting; try again"}}
    tab.page.route(
        "**/ask", lambda route: route.fulfill(status=503, json=busy, headers={"retry-after": "1"})
    )
    tab.ask(PEMEX)
    assert tab.text(".refused p") == "Too many requests are waiting; try again"
    tab.page.unroute("**/ask")
    tab.page.click("text=Ask again")
    tab.page.wait_for_selector(".lead")


def test_a_service_that_is_gone_is_told(tab: Tab) -> None:
    tab.expected = ("ERR_CONNECTION_REFUSED",)
    tab.page.route("**/ask", lambda route: route.abort("connectionrefused"))
    tab.ask(PEMEX)
    assert "does not answer" in tab.text(".refused p")


def test_a_newer_question_wins(tab: Tab) -> None:
    tab.expected = ()
    waiting = []
    tab.page.route("**/ask", lambda route: waiting.append(route))
    tab.page.fill("#question", PEMEX)
    tab.page.press("#question", "Enter")
    tab.page.wait_for_selector("body.asking")
    tab.page.unroute("**/ask")
    tab.ask("How do I bake bread?")
    assert tab.text("#verdict") == "The sources do not answer this"
    assert "bread" in tab.page.url


def test_the_system_theme_and_the_chosen_one(tab_of: Callable[..., Tab]) -> None:
    tab = tab_of(theme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = tab.page.evaluate(colour)
    tab.page.click("#theme-button")
    light = tab.page.evaluate(colour)
    assert (dark, light) == ("rgb(22, 23, 26)", "rgb(250, 249, 246)")
    tab.open()
    assert tab.page.evaluate(colour) == light, "it is remembered"
    tab.page.click("#theme-button")
    tab.page.click("#theme-button")
    assert tab.page.evaluate("localStorage.getItem('qa.theme')") is None
