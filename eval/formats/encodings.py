"""Whether the encoding of a text is told from its bytes.

    python -m eval.formats.encodings --data FOLDER [--data FOLDER ...]

FOLDER is a set in BEIR layout whose documents are paragraphs and whose name ends with their
language, such as ``xquad_ru``. Its texts are written in each code page that was used for the
language, and decoded without being told which. Characters that a code page lacks, such as dashes,
are left out. Texts are eight paragraphs in a row, single paragraphs, and the first 60 characters of
each. A text is told right if it is decoded without a wrong character; it is doubted if another code
page is named beside it.

Prints a table and files it under ``eval/formats/results/DATE-COMMIT/``.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval import laboratory
from qa_eval import beir_documents
from qa_index.formats.decoding import UnreadableSource, decode, doubt

TOGETHER = 8
LINE = 60
"""Characters of a line."""

_WESTERN = ("cp1252", "mac_roman", "cp850", "cp437")
_CENTRAL = ("cp1250", "iso8859_2")
CODECS = {
    "ar": ("cp1256", "iso8859_6"),
    "cs": _CENTRAL,
    "de": _WESTERN,
    "el": ("cp1253", "iso8859_7"),
    "es": _WESTERN,
    "fr": _WESTERN,
    "pl": _CENTRAL,
    "ru": ("cp1251", "koi8_r", "iso8859_5", "cp866"),
    "tr": ("cp1254",),
    "zh": ("gb18030",),
}
"""Code pages by language; UTF-16 without a mark is tried with all."""
_OF_ALL = ("utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True)
class Told:
    """Texts of one kind, in one language and code page."""

    language: str
    codec: str
    kind: str
    texts: int
    """Those that are not plain ASCII."""
    right: int
    doubted: int
    refused: int
    """Taken for binary data, as UTF-16 without two characters of ASCII is."""
    wrong_and_sure: int
    """Neither right, nor doubted, nor refused."""


def texts_of(paragraphs: Sequence[str]) -> dict[str, list[str]]:
    """The texts of each kind that some paragraphs give."""
    starts = range(0, len(paragraphs) - TOGETHER + 1, TOGETHER)
    return {
        f"{TOGETHER} paragraphs": ["\n\n".join(paragraphs[at : at + TOGETHER]) for at in starts],
        "paragraphs": list(paragraphs),
        f"lines of {LINE} characters": [each[:LINE] for each in paragraphs],
    }


def told(texts: Sequence[str], codec: str, *, language: str, kind: str) -> Told:
    """How many texts are told right if they are written in a code page."""
    counted = right = doubted = refused = wrong = 0
    for text in texts:
        data = text.encode(codec, "ignore")
        if data.isascii() and codec not in _OF_ALL:
            continue
        counted += 1
        try:
            found, encoding = decode(data)
        except UnreadableSource:
            refused += 1
            continue
        is_right, is_doubted = found == data.decode(codec), bool(doubt(data, encoding))
        right += is_right
        doubted += is_doubted
        wrong += not is_right and not is_doubted
    return Told(language, codec, kind, counted, right, doubted, refused, wrong)


def table(found: Sequence[Told]) -> str:
    """The figures as a table of Markdown; a row for each language and code page."""
    kinds = list(dict.fromkeys(each.kind for each in found))
    lines = [
        f"| told right (doubted) | {' | '.join(kinds)} |",
        f"|---|{'--:|' * len(kinds)}",
    ]
    for language, codec in dict.fromkeys((each.language, each.codec) for each in found):
        row = [each for each in found if (each.language, each.codec) == (language, codec)]
        cells = [f"{each.right} of {each.texts} ({each.doubted})" for each in row]
        lines.append(f"| {language}, {codec} | {' | '.join(cells)} |")
    return "".join(f"{line}\n" for line in lines)


def observed(folder: Path) -> Iterator[Told]:
    """The figures of one set."""
    language = folder.name.rpartition("_")[2]
    if language not in CODECS:
        raise laboratory.Problem(
            f"the name of {folder} does not end with a language; these are known: "
            + ", ".join(CODECS)
        )
    # A mark at the beginning of a paragraph would tell the encoding.
    paragraphs = [each.text.lstrip("\ufeff") for each in beir_documents(folder)]
    for codec in (*CODECS[language], *_OF_ALL):
        for kind, texts in texts_of(paragraphs).items():
            yield told(texts, codec, language=language, kind=kind)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, decode, report."""
    parser = laboratory.parser("formats.encodings", __doc__)
    parser.add_argument(
        "--data", type=laboratory.beir, required=True, action="append", metavar="FOLDER"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    options = parser.parse_args(arguments)
    found = [each for folder in options.data for each in observed(folder)]
    laboratory.publish([asdict(each) for each in found], options.out, "encodings")
    shown = table(found)
    (laboratory.results_folder(options.out) / "encodings.md").write_text(shown, encoding="utf-8")
    print(shown, end="", file=sys.stderr)
    return 0


if __name__ == "__main__":
    laboratory.run("formats.encodings", main)
