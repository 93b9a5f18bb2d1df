"""Draw a page with the best passage for a question marked, in few colours.

python docs/pictures/page.py docs/pictures/page.png tests/fixtures/bees.pdf "How much honey ...?"
"""

import io
import sys
import tempfile

from PIL import Image

import qa

COLOURS = 32


def main(picture: str, file: str, question: str) -> None:
    """Index ``file`` alone, ask, and draw the first page of the first passage."""
    with tempfile.TemporaryDirectory() as folder:
        qa.index([file], into=folder)
        with qa.open(folder) as session:
            best = session.ask(question).citations[0]
            marked = [qa.Span(each.start, each.end) for each in best.evidence]
            pages = session.excerpt(best.id).pictures(marked)
    with Image.open(io.BytesIO(next(iter(pages.values())))) as drawn:
        drawn.quantize(COLOURS).save(picture, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
