"""axe-core objects to nothing, whatever is open, in light and dark, at a desk and on a phone."""

from collections.abc import Callable

import pytest

from tests.support.browser import Tab, needs_axe, needs_chromium, objections

pytestmark = [needs_chromium, needs_axe]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_nothing_to_object_to(tab_of: Callable[..., Tab], width: int, theme: str) -> None:
    tab = tab_of(width=width, theme=theme)
    tab.page.wait_for_selector(".held")
    found = {"start": objections(tab)}
    tab.ask("How much honey does a strong colony consume?")
    if width < 1000:
        tab.page.click(".lead .opener")
        tab.settled()
    found["a page"] = objections(tab)
    tab.page.click("#as-text")
    tab.page.wait_for_selector("#source .text")
    found["text"] = objections(tab)
    tab.page.click("#source-close")
    tab.page.click("#filters-button")
    tab.page.click(".why summary")
    tab.page.locator(".others .line").first.click()
    found["filters, reasons and a passage"] = objections(tab)
    tab.page.click("#filters-button")
    tab.page.click(".lead >> text=Copy a citation")
    tab.page.wait_for_selector("#copy:enabled")
    found["copying"] = objections(tab)
    tab.page.keyboard.press("Escape")
    tab.page.click("#help-button")
    found["help"] = objections(tab)
    tab.page.keyboard.press("Escape")
    tab.ask("How do I bake bread?")
    found["no answer"] = objections(tab)
    assert found == {name: [] for name in found}


def test_it_can_be_contradicted(tab: Tab) -> None:
    tab.page.evaluate("document.getElementById('question').labels[0].remove()")
    tab.page.evaluate("document.getElementById('question').removeAttribute('placeholder')")
    assert any(rule == "label" for rule, _ in objections(tab))
