"""A service over the seeds and some small files, and a browser that opens its page."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import qa
from tests.support.browser import CHROMIUM, FLAGS, Tab, tab_in
from tests.support.pdfs import pages_of
from tests.support.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[4]
FIXTURES = ROOT / "tests" / "fixtures"

EVIL = "<img src=x onerror=\"window.executed = 'text'\"><script>window.executed = 1</script>"

FILES = {
    "evil.html": f"""<!doctype html><title>Lichen {EVIL.replace("<", "&lt;")}</title>
<body onload="window.executed = 'load'">{EVIL}
<h1>Lichen</h1><p>Lichen on the north tower was scraped off by Ottokar Brandt in 1931.
The text &lt;img src=x onerror="window.executed = 'shown'"&gt; stands here as text.</p>""",
    "<b>evil<b>.md": f"""# Moss {EVIL}

Moss on the south tower was removed by Wilhelmine Lotz {EVIL} in 1932.
""",
    "signs.md": """# 😀 Signs

😀😀 𝒜 The ferry to Ostrava Island leaves from pier seven. 😀 It returns at dusk.

The harbour master of Ostrava Island is \u202eybbaC\u202c Deveraux, a man of few words.
""",
    "meters.csv": 'Meter,Reader,Value\n"Cellar, left",Ines Quast,4711\nAttic,Joachim Vogt,815\n',
}


@pytest.fixture(scope="package")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of ``docs``; ``docs/old.pdf`` changed after it was indexed."""
    folder = tmp_path_factory.mktemp("page")
    docs = folder / "docs"
    shutil.copytree(ROOT / "seeds", docs / "seeds")
    for name in ("bees.pdf", "stanley-cups.xlsx"):
        shutil.copy(FIXTURES / name, docs)
    for name, text in FILES.items():
        (docs / name).write_text(text, "utf-8")
    old = "The lighthouse of Saltmarsh was painted green by Cornelius Abel."
    (docs / "old.pdf").write_bytes(pages_of([(12, 40, 500, old)]))
    qa.index([docs], into=folder / ".qa")
    (docs / "old.pdf").write_bytes(pages_of([(12, 40, 500, "Nothing of this kind.")]))
    return folder


@pytest.fixture(scope="package")
def url(corpus: Path) -> Iterator[str]:
    """The address of a service over the corpus."""
    with Served(folder=corpus) as service:
        yield f"http://127.0.0.1:{service.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium. Other modules run loops of their own, which its loop must not outlive."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def tab_of(browser: "Browser", url: str) -> Iterator[Callable[..., Tab]]:
    """Opens tabs as ``tab_in`` does. None may have failed at the end."""
    opened: list[Tab] = []
    with ExitStack() as stack:

        def open_tab(**options: object) -> Tab:
            tab = stack.enter_context(tab_in(browser, url, **options))  # type: ignore[arg-type]
            opened.append(tab)
            tab.open()
            return tab

        yield open_tab
        for tab in opened:
            tab.check()


@pytest.fixture
def tab(tab_of: Callable[..., Tab]) -> Tab:
    """A tab as wide as a desk's screen."""
    return tab_of()
