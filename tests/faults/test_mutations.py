"""Valid files with random damage: each is read or refused with a reason, and nothing else."""

import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_index import formats
from qa_index.formats import UnreadableSource
from qa_index.parsing import Parsers
from qa_index.parsing.limits import Limits
from tests.faults import hostile
from tests.faults.world import THOROUGH

FILES = 10_000 if THOROUGH else 400
LIMITS = Limits(memory=1 << 30, seconds=30)
NATIVE = (".pdf", ".xlsx", ".ods")
"""Formats whose parsers are compiled, and end their process when they run out of memory."""
FIXTURES = Path(__file__).parents[1] / "fixtures"

_TEXTS = {
    "a.html": b"<html><head><title>T</title></head><body><h1 id=a>One</h1><p>Some <b>text</b>."
    b"<table><tr><th>A<td>B<tr><td>1<td>2</table><!-- c --><pre>x &amp; y</pre></body></html>",
    "a.rtf": b"{\\rtf1\\ansi{\\fonttbl{\\f0 A;}}{\\info{\\title T}}\\f0 Some \\'e9 \\u233? text"
    b"\\par\\trowd\\cellx1\\cellx2 a\\cell b\\cell\\row{\\*\\x y}}",
    "a.eml": b"From: A <a@b.c>\nTo: d@e.f\nSubject: =?utf-8?q?=C3=A9?=\nMIME-Version: 1.0\n"
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; charset=utf-8\n"
    b"Content-Transfer-Encoding: quoted-printable\n\nSome =C3=A9 text.\n--x\n"
    b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+eDwvcD4=\n--x--\n",
    "a.mbox": b"From a@b.c Thu Jan  1 00:00:00 1970\nSubject: s\n\nSome text.\n\n" * 3,
    "a.csv": b'name,value\n"a, b",1\n"c ""d""",2\n',
    "a.jsonl": b'{"a": "text", "b": [1, 2]}\n{"a": null}\n',
    "a.tex": b"\\documentclass{a}\\begin{document}\\section{One}Some $x$ text.% c\n\\end{document}",
    "a.rst": b"Title\n=====\n\nSome text.\n\n.. note:: x\n\n+---+---+\n| a | b |\n+---+---+\n",
    "a.srt": b"1\n00:00:01,000 --> 00:00:02,000\nSome text.\n\n",
    "a.md": b"---\nx: y\n---\n# One\n\nSome *text*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "a.txt": b"CHAPTER I\n\nSome text. More text.\n\n  * item\n",
    "a.py": b"def f():\n    '''Doc.'''\n    return 1\n",
}


def seeds() -> dict[str, bytes]:
    """Small valid files, by name."""
    made = {
        "a.pdf": hostile.page(hostile.stream(hostile._HELLO, filters=b"")),
        "a.docx": hostile.docx(hostile.body(hostile.paragraph("Some text."))),
        "a.odt": hostile.odt("<text:h>One</text:h><text:p>Some text.</text:p>"),
        "a.xlsx": hostile.xlsx(
            '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>2</v></c></row>'
            "</sheetData>",
            "<si><t>Some text</t></si>",
        ),
        "a.epub": hostile.epub('<itemref idref="a.xhtml"/>', ("a.xhtml", hostile._CHAPTER)),
    }
    kept = {
        path.name: path.read_bytes()
        for path in sorted(FIXTURES.iterdir())
        if path.is_file() and path.suffix != ".md" and path.stat().st_size < 60_000
    }
    return {**made, **_TEXTS, **kept}


def damaged(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """The file after one to four kinds of damage; ``other`` is what it is spliced with."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if not found:
            break
        at = chance.randrange(len(found))
        length = chance.randint(1, max(1, len(found) // 8))
        match chance.randrange(7):
            case 0:
                for _ in range(chance.randint(1, 20)):
                    found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
            case 1:
                del found[at:]
            case 2:
                del found[at : at + length]
            case 3:
                found[at:at] = found[at : at + length] * chance.randint(1, 20)
            case 4:
                found[at : at + length] = bytes(length)
            case 5:
                start = chance.randrange(max(1, len(other)))
                found[at : at + length] = other[start : start + length]
            case _:
                digits = [place for place, byte in enumerate(found) if 48 <= byte < 58]
                if digits:
                    place = chance.choice(digits)
                    found[place : place + 1] = chance.choice((b"-1", b"0", b"9" * 10, b"9" * 400))
    return bytes(found)


def damaged_inside(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """An archive with one part damaged, and its checksum right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    chosen = chance.randrange(len(parts))
    return hostile.zipped(
        *(
            (name, damaged(part, other, chance) if place == chosen else part)
            for place, (name, part) in enumerate(parts)
        )
    )


def has_format(name: str) -> bool:
    try:
        formats.format_of_name(name)
    except UnreadableSource:
        return False
    return True


def test_damaged_files_are_read_or_refused(
    tally: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = tmp_path_factory.mktemp("failed")
    chance = random.Random(None if THOROUGH else 19)
    files = {name: data for name, data in seeds().items() if has_format(name)}
    outcomes: Counter[str] = Counter()
    with Parsers(limits=LIMITS) as parsers:
        for number in range(FILES):
            name = sorted(files)[number % len(files)]
            other = files[chance.choice(sorted(files))]
            inside = zipfile.is_zipfile(io.BytesIO(files[name])) and chance.random() < 0.7
            damage = damaged_inside if inside else damaged
            data = damage(files[name], other, chance)
            try:
                parsed = parsers.parse(data, name=name)
            except UnreadableSource as error:
                outcome = outcome_of(str(error))
            except Exception:
                (kept / name).write_bytes(data)
                raise
            else:
                outcome = "read"
                assert all(block.end <= len(parsed.text) for block in parsed.blocks)
            outcomes[outcome] += 1
            if outcome in {"unexpected", "too slow"} or (
                outcome == "died" and not name.endswith(NATIVE)
            ):
                (kept / name).write_bytes(data)
                pytest.fail(f"{name}: {outcome}; see {kept / name}")
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    tally(f"{FILES:,} damaged files of {len(files)}: {told}")


def outcome_of(reason: str) -> str:
    """What became of a file that was refused for this reason."""
    assert reason.strip()
    assert "\n" not in reason
    if "failed on it" in reason or "no valid answer" in reason:
        return "unexpected"
    if "died on it" in reason:
        return "died"
    if "it took more than" in reason:
        return "too slow"
    return "refused"
