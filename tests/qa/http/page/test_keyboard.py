"""The whole way by keyboard; the address; a phone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.browser import Tab, needs_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_chromium

PEMEX = "How much oil is Pemex supposed to produce?"
HONEY = "How much honey does a strong colony consume?"


def opened(page: "Page") -> str:
    """The id of the passage in the address."""
    return page.url.partition("open=")[2]


def test_from_the_question_to_the_source_and_back(tab: Tab) -> None:
    keys = tab.page.keyboard
    tab.page.evaluate("document.activeElement.blur()")
    keys.press("/")
    assert tab.focused() == "question"
    keys.type(HONEY)
    keys.press("Enter")
    tab.settled()
    first = opened(tab.page)
    assert first
    assert tab.focused() == "verdict"
    keys.press("j")
    assert tab.focused() == first
    keys.press("ArrowDown")
    second = tab.focused()
    assert second not in {first, "verdict"}
    keys.press("k")
    keys.press("k")
    assert tab.focused() == first, "there is none before the first"
    keys.press("j")
    keys.press("Enter")
    tab.settled()
    assert opened(tab.page) == second
    assert tab.page.locator(f"#c-{second} .body").is_visible()
    assert tab.focused() == second, "the focus stays in the list"
    keys.press("Escape")
    assert tab.page.locator("#source").is_hidden()
    assert tab.focused() == second
    keys.press("o")
    tab.settled()
    assert tab.page.locator("#source").is_visible()


def test_pages_are_turned_and_views_changed(tab: Tab) -> None:
    keys = tab.page.keyboard
    tab.ask(HONEY)
    keys.press("]")
    tab.page.wait_for_selector("#source-notes p")
    assert tab.text("#page-name") == "3 of 3"
    keys.press("[")
    assert tab.text("#page-name") == "2 of 3"
    keys.press("t")
    tab.page.wait_for_selector("#source .text")
    assert tab.page.locator("#as-text").get_attribute("aria-pressed") == "true"


def test_letters_are_letters_where_one_types(tab: Tab) -> None:
    tab.page.focus("#question")
    tab.page.keyboard.type("jack/?cf")
    assert tab.page.input_value("#question") == "jack/?cf"
    assert tab.page.locator("dialog[open]").count() == 0
    assert tab.page.locator("#filters").is_hidden()


def test_help_filters_and_copying_open_and_close(tab: Tab) -> None:
    keys = tab.page.keyboard
    tab.ask(PEMEX)
    keys.press("?")
    assert tab.page.locator("#help").is_visible()
    keys.press("Escape")
    assert tab.page.locator("#help").is_hidden()
    keys.press("c")
    assert tab.page.locator("#copying").is_visible()
    keys.press("Escape")
    assert tab.page.locator("#source").is_visible(), "one thing at a time"
    keys.press("f")
    assert tab.focused() == "f-paths"
    keys.press("Escape")
    assert tab.page.locator("#filters").is_hidden()
    assert tab.focused() == "filters-button"


def test_letters_can_be_switched_off(tab: Tab) -> None:
    tab.ask(PEMEX)
    tab.page.keyboard.press("?")
    tab.page.uncheck("#keys-on")
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("c")
    assert tab.page.locator("#copying").is_hidden()
    tab.page.keyboard.press("ArrowDown")
    assert tab.focused() == opened(tab.page)


def test_back_and_forward_show_what_was_seen(tab: Tab) -> None:
    tab.ask(PEMEX)
    pemex = tab.page.url
    tab.ask(HONEY)
    honey = tab.page.url
    tab.page.locator(".others .line").first.click()
    tab.settled()
    assert tab.page.url != honey
    asked = sum(request.endswith("/ask") for request in tab.requests)
    tab.page.go_back()
    assert tab.page.url == honey
    tab.page.go_back()
    assert tab.page.url == pemex
    tab.page.wait_for_selector(".lead:has-text('Pemex')")
    assert tab.page.input_value("#question") == PEMEX
    tab.page.go_forward()
    tab.page.wait_for_selector(".lead:has-text('honey')")
    assert tab.page.title().startswith(HONEY)
    assert sum(request.endswith("/ask") for request in tab.requests) == asked, "nothing anew"
    for _ in range(2):
        tab.page.go_back()
    tab.page.wait_for_selector(".welcome")


def test_an_address_can_be_shared(tab: Tab, tab_of: Callable[..., Tab]) -> None:
    tab.ask(HONEY)
    tab.page.locator(".others .line").nth(1).click()
    tab.settled()
    other = tab_of()
    other.open(tab.page.url.removeprefix(f"{tab.url}/"))
    other.settled()
    assert other.page.url == tab.page.url
    assert other.text("#source-place") == tab.text("#source-place")
    assert not any("honey" in request.lower() for request in other.requests), "not in an address"


def test_on_a_phone_the_source_covers_the_answer(tab_of: Callable[..., Tab]) -> None:
    tab = tab_of(width=375)
    assert not tab.overflows()
    tab.ask(HONEY)
    assert not tab.overflows()
    assert tab.page.locator("#source").is_hidden()
    tab.page.locator(".others .line").first.click()
    assert tab.page.locator(".others .body").first.is_visible()
    assert tab.page.locator("#source").is_hidden()
    tab.page.click(".lead .opener")
    tab.settled()
    assert tab.focused() == "source-title"
    assert tab.page.locator("#answer").evaluate("element => element.inert")
    assert not tab.overflows()
    tab.page.go_back()
    assert tab.page.locator("#source").is_hidden()
    assert not tab.page.locator("#answer").evaluate("element => element.inert")
    tab.page.click("#filters-button")
    assert not tab.overflows()
