"""Draw the page of ``qa serve`` with a PDF beside the answer, in few colours.

python docs/pictures/serve.py docs/pictures/serve.png "How much ...?" tests/fixtures/bees.pdf seeds
"""

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import qa

SIZE = 1440, 900
COLOURS = 64


def main(picture: str, question: str, *paths: str) -> None:
    """Serve ``paths``, ask in a browser, and draw what it shows."""
    with tempfile.TemporaryDirectory() as folder:
        for path in map(Path, paths):  # so that the picture has their names alone
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, Path(folder, path.name))
        index = str(Path(folder, ".qa"))
        qa.index([folder], into=index)
        command = [sys.executable, "-m", "qa", "--index", index, "serve", "--port", "0"]
        service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            told = next(line for line in service.stderr or () if "listening at" in line)
            shot = shown(told.split()[-1], question)
        finally:
            service.terminate()
            service.communicate()
    with Image.open(io.BytesIO(shot)) as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(picture, optimize=True)


def shown(address: str, question: str) -> bytes:
    """What a browser shows once the question is answered and the source is drawn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        page.goto(address)
        page.fill("#question", question)
        page.press("#question", "Enter")
        page.wait_for_selector("#source-body[aria-busy=false] img")
        page.evaluate("document.activeElement.blur()")
        shot = page.screenshot()
        browser.close()
    return shot


if __name__ == "__main__":
    main(*sys.argv[1:])
