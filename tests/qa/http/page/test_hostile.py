"""Documents and addresses that would do harm if any of them were read as HTML or as code."""

from urllib.parse import quote

import pytest

from tests.support.browser import Tab, needs_chromium

pytestmark = needs_chromium

MARKUP = "<img src=x onerror=\"window.executed = 'address'\"><script>window.executed = 2</script>"


def harmless(tab: Tab) -> None:
    tab.page.wait_for_timeout(100)
    assert tab.page.evaluate("window.executed") is None
    assert tab.page.locator("main img, main script, main b, #source script").count() == 0
    assert not any(request.endswith("/x") for request in tab.requests)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Who scraped off the lichen on the north tower?", "Ottokar Brandt"),
        ("Who removed the moss on the south tower?", "Wilhelmine Lotz <img src=x onerror="),
    ],
)
def test_markup_in_a_document_is_text(tab: Tab, question: str, told: str) -> None:
    tab.ask(question)
    assert told in "".join(tab.texts(".lead .whole, .lead .sentence"))
    tab.page.wait_for_selector("#source .text")
    assert "<img src=x onerror=" in "".join(tab.texts("#source-body"))
    harmless(tab)
    tab.page.locator(".others .line").first.click()
    tab.page.keyboard.press("c")
    tab.page.wait_for_selector("#copy:enabled")
    harmless(tab)


def test_markup_in_a_question_and_in_filters_is_text(tab: Tab) -> None:
    tab.expected = ("422",)  # no document has such a path
    tab.open(f"#q={quote(MARKUP + ' lichen')}&path={quote('*,' + MARKUP)}&open={quote(MARKUP)}")
    tab.settled()
    assert MARKUP in tab.page.input_value("#question")
    assert MARKUP in "".join(tab.texts("#set"))
    assert MARKUP in tab.text(".refused")
    harmless(tab)


def test_characters_that_reorder_what_is_read_are_named(tab: Tab) -> None:
    tab.ask("Who is the harbour master of Ostrava Island?")
    assert "\u202e" not in "".join(tab.texts("#answer"))
    assert "U+202E" in tab.texts("#answer .control")


def test_the_policy_stops_what_a_mistake_in_the_page_would_let_in(tab: Tab) -> None:
    tab.expected = ("Content Security Policy", "TrustedHTML", "TrustedScript")
    script = (
        "try { document.body.innerHTML = '<p>never'; 'parsed' } catch (error) { error.name }",
        """(() => {
            const script = document.createElement('script');
            try {
                script.append("document.title = 'run'");
                document.body.append(script);
            } catch {}
            return document.title;
        })()""",
        """new Promise((told) => {
            const image = new Image();
            image.onload = image.onerror = () => told('asked');
            document.addEventListener('securitypolicyviolation', () => told('stopped'));
            image.src = 'https://example.invalid/x.png';
        })""",
    )
    assert [tab.page.evaluate(each) for each in script] == ["TypeError", "grounded-qa", "stopped"]
    tab.requests = [each for each in tab.requests if "example.invalid" not in each]
