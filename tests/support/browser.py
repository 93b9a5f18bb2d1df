"""The page of the service in a real Chromium."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None,
    reason="chromium or playwright is not installed",
)
needs_axe = pytest.mark.skipif(
    find_spec("axe_playwright_python") is None, reason="axe-playwright-python is not installed"
)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SIZES = {1440: 900, 820: 1100, 375: 812}
"""Heights of windows, by their widths."""


@dataclass
class Tab:
    """A tab with the page, which must neither fail nor break its policy."""

    page: "Page"
    url: str
    failures: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of the failures that a test provokes."""

    def watch(self) -> None:
        """Keep whatever the browser complains of, and what it asks for."""
        self.page.on("console", self._told)
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _told(self, message: "ConsoleMessage") -> None:
        if message.type in {"error", "warning"}:
            self.failures.append(f"{message.text} {message.location.get('url', '')}")

    def check(self) -> None:
        """Fail if the browser complained, or asked anything else than the service."""
        unexpected = [
            failure
            for failure in self.failures
            if not any(part in failure for part in self.expected)
        ]
        assert not unexpected, unexpected
        own = (self.url, f"blob:{self.url}", "data:")
        assert all(request.startswith(own) for request in self.requests), self.requests

    def open(self, fragment: str = "") -> None:
        """Load the page anew, with something in its address."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/{fragment}")

    def ask(self, question: str) -> None:
        """Type a question, and wait for what is said to it."""
        self.page.fill("#question", question)
        self.page.press("#question", "Enter")
        self.settled()

    def settled(self) -> None:
        """Wait until nothing is being asked for."""
        self.page.wait_for_selector("body:not(.asking) #verdict")
        self.page.wait_for_selector("#source-body:not([aria-busy=true])", state="attached")

    def text(self, selector: str) -> str:
        """The text of the first element, with single spaces."""
        return " ".join(self.page.locator(selector).first.inner_text().split())

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements, as they stand in the document."""
        found: list[str] = self.page.locator(selector).all_text_contents()
        return found

    def focused(self) -> str:
        """The id of the element that has the focus, or what it opens."""
        told: str = self.page.evaluate(
            "document.activeElement.id || document.activeElement.dataset.open || ''"
        )
        return told

    def overflows(self) -> bool:
        """Whether the page is wider than the window."""
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide


def objections(tab: Tab) -> list[tuple[str, str]]:
    """What breaks a rule of axe-core, and which."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    tab.page.evaluate((Path(spec.origin).parent / "axe.min.js").read_text("utf-8"))
    found = tab.page.evaluate("axe.run()")
    assert len(found["passes"]) > 15, "it looked at something"
    return [(each["id"], node["html"]) for each in found["violations"] for node in each["nodes"]]


@contextmanager
def tab_in(
    browser: "Browser",
    url: str,
    *,
    width: int = 1440,
    theme: Literal["light", "dark"] = "light",
    **options: Any,
) -> Iterator[Tab]:
    """A tab with nothing stored and nothing asked."""
    context = browser.new_context(
        viewport={"width": width, "height": SIZES[width]}, color_scheme=theme, **options
    )
    context.set_default_timeout(20_000)
    tab = Tab(context.new_page(), url)
    tab.watch()
    try:
        yield tab
    finally:
        context.close()
