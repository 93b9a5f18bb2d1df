"""The values that several passages give, in groups, each leading to its source."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

import qa
from tests.support.browser import Tab, needs_chromium, tab_in
from tests.support.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = needs_chromium

NOTICE = "How long is the notice period for the workshop?"
FILES = {
    "lease-2019-05-01.md": "The notice period for the workshop is 30 days, counted from receipt.\n",
    "faq.md": "The workshop has a notice period of thirty days. Keys are at the office.\n",
    "lease-v2.1.md": "---\ntitle: Lease\ndate: 2023-02-14\n---\n\n"
    "The notice period for the workshop is 60 days from receipt of the letter.\n",
}


@pytest.fixture(scope="module")
def leases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service over documents that differ."""
    folder = tmp_path_factory.mktemp("leases")
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    qa.index([folder], into=folder / ".qa")
    with Served(folder=folder) as service:
        yield f"http://127.0.0.1:{service.port}"


@pytest.fixture
def tab(browser: "Browser", leases: str) -> Iterator[Tab]:
    with tab_in(browser, leases) as tab:
        tab.open()
        yield tab
        tab.check()


def test_values_in_groups(tab: Tab) -> None:
    tab.ask(NOTICE)
    assert tab.text("#values") == "Values in these passages"
    held = tab.texts(".values .value")
    assert sorted(each.split(": ")[0] for each in held) == ["1 passage", "2 passages"]
    assert tab.page.locator(".values mark.answer").count() == 3
    places = " ".join(tab.texts(".values .place"))
    assert "2019-05-01 (file name)" in places
    assert "2023-02-14 (front matter), version 2.1 (file name)" in places


def test_a_member_opens_its_source(tab: Tab) -> None:
    tab.ask(NOTICE)
    tab.page.locator(".values .said", has_text="60 days").click()
    tab.page.wait_for_selector("#source mark.evidence:has-text('60 days')")


def test_an_answer_without_values_shows_none(tab: Tab) -> None:
    tab.ask("What is in the office?")
    assert tab.page.locator(".values").count() == 0
