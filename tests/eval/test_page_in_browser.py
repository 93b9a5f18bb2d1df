"""The report page in a real browser: its script runs under its CSP, and filters work."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from qa_eval import overview, to_html
from tests.eval.builders import example_run

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")

USE = """
<script>
window.addEventListener("load", () => {
  const visible = () => [...document.querySelectorAll("details.question")]
    .filter((node) => node.checkVisibility()).map((node) => node.querySelector(".id").textContent);
  const report = {};
  report.all = visible().length;
  report.controls = document.querySelector(".controls").checkVisibility();
  const filter = document.getElementById("filter");
  filter.value = "SAYS q7?";
  filter.dispatchEvent(new Event("input"));
  report.filtered = visible();
  report.shown = document.getElementById("shown").textContent;
  filter.value = "";
  const kind = document.getElementById("kind");
  kind.value = "unanswerable";
  kind.dispatchEvent(new Event("change"));
  report.unanswerable = visible().length;
  kind.value = "all";
  kind.dispatchEvent(new Event("change"));
  const first = document.querySelector("details.question");
  const quote = first.querySelector("blockquote");
  report.closed = quote.checkVisibility();
  first.querySelector("summary").click();
  report.opened = quote.checkVisibility();
  report.plots = [...document.querySelectorAll("svg")].map(
    (svg) => svg.getBoundingClientRect().width > 100 && svg.querySelectorAll("*").length > 10);
  report.overflow = document.documentElement.scrollWidth > window.innerWidth;
  document.title = JSON.stringify(report);
});
</script>
"""


def dump(page: str, folder: Path) -> str:
    """The page after its scripts have run."""
    (folder / "page.html").write_text(page, "utf-8")
    done = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=700,900",
            "--virtual-time-budget=2000",
            "--dump-dom",
            (folder / "page.html").as_uri(),
        ],
        capture_output=True,
        timeout=120,
        check=True,
    )
    return done.stdout.decode("utf-8")


@pytest.mark.usefixtures("few_resamples")
def test_filter_opens_and_draws(tmp_path: Path) -> None:
    page = to_html(overview(example_run()))
    # Allow the test's own script beside the page's; the policy itself is tested below.
    page = re.sub(r"script-src [^\"]*", "script-src 'unsafe-inline'", page, count=1)
    dom = dump(page.replace("</body>", f"{USE}</body>"), tmp_path)
    title = re.search(r"<title>(\{.*?\})</title>", dom)
    assert title, dom[:300]
    report = json.loads(html.unescape(title[1]))
    assert report["all"] == 60
    assert report["controls"]
    assert report["filtered"] == ["q7"]
    assert report["shown"] == "1 of 60 questions"
    assert report["unanswerable"] == 20
    assert not report["closed"]
    assert report["opened"]
    assert len(report["plots"]) == 5
    assert all(report["plots"])
    assert not report["overflow"]


@pytest.mark.usefixtures("few_resamples")
def test_the_policy_lets_the_own_script_in_and_no_other(tmp_path: Path) -> None:
    page = to_html(overview(example_run({"m": 0.8})))
    page = page.replace("</body>", "<script>document.title = 'stranger'</script></body>")
    dom = dump(page, tmp_path)
    assert "<title>Evaluation of many</title>" in dom
    assert "60 of 60 questions" in dom
