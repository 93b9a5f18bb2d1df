"""Formats added by other packages, found through the entry points of installed packages."""

import subprocess
import sys
from pathlib import Path

import pytest

from qa_index.formats import parse
from tests.support.command import ROOT

MODULE = """
from qa_index.formats import Format, UnreadableSource
from qa_index.records import Block, BlockKind, Gap, Parsed, Unit, UnitKind


def parse(data, *, name):
    text = data[4:].decode()
    if text == "hostile":
        raise ZeroDivisionError("no\\nslide")
    return Parsed(
        text=text,
        media_type="application/x-slides",
        title=name,
        blocks=(Block(BlockKind.PROSE, 0, len(text)),),
        headings=(),
        encoding="",
        units=(Unit(UnitKind.SLIDE, 1, "", 0, len(text)),),
        gaps=(Gap("slide 2", "picture only"),),
    )


def check(head):
    if not head.startswith(b"SLD\\0"):
        raise UnreadableSource("it is no deck of slides")


FORMAT = Format("slides", 3, frozenset({".sld"}), parse, check, is_text=False)
"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder on the import path, with a package that adds formats."""
    (tmp_path / "slides.py").write_text(MODULE)
    info = tmp_path / "slides-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slides\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[grounded_qa.formats]\nsld = slides:FORMAT\nbad = nowhere:FORMAT\nodd = slides:MISSING\n"
        "not = slides:parse\ntxt = nowhere:FORMAT\nfails = failing:FORMAT\n"
    )
    (tmp_path / "failing.py").write_text("raise RuntimeError('no licence\\nwas found')\n")
    return tmp_path


def run(packages: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=packages,
        env={"PYTHONPATH": f"{packages}:{ROOT}:{ROOT / 'index'}"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_format_of_another_package_parses_its_files(packages: Path) -> None:
    code = (
        "from qa_index import formats\n"
        "data = b'SLD\\0The ferry leaves at nine.'\n"
        "formats.choose('a.sld', data)\n"
        "formats.check_readable(data, name='a.sld')\n"
        "parsed = formats.parse(data, name='a.sld')\n"
        "print(parsed.format, parsed.version, parsed.text)\n"
        "print(*parsed.units[0][:5], *parsed.gaps[0])\n"
    )
    assert run(packages, code) == (
        "slides 3 The ferry leaves at nine.\nslide 1  0 25 slide 2 picture only\n"
    )


def test_it_is_refused_by_its_own_check(packages: Path) -> None:
    code = (
        "from qa_index import formats\n"
        "try: formats.choose('a.sld', b'text')\n"
        "except formats.UnreadableSource as error: print(error)\n"
    )
    assert run(packages, code) == "it is no deck of slides\n"


@pytest.mark.parametrize("suffix", ["bad", "odd", "not", "fails"])
def test_one_that_is_broken_is_named_on_one_line(packages: Path, suffix: str) -> None:
    code = (
        "from qa_index import formats\n"
        f"try: formats.format_of_name('a.{suffix}')\n"
        "except formats.UnreadableSource as error: print(error)\n"
    )
    told = run(packages, code)
    assert told.endswith("install its package again\n")
    assert told.count("\n") == 1


def test_none_is_looked_up_for_a_suffix_that_is_known(packages: Path) -> None:
    """A plugin that claims ``.txt`` has no effect and is not imported."""
    code = (
        "import sys\nfrom qa_index import formats\n"
        "print(formats.parse(b'Some text.', name='a.txt').format)\n"
        "print('importlib.metadata' in sys.modules, 'slides' in sys.modules)\n"
    )
    assert run(packages, code) == "text\nFalse False\n"


def test_a_suffix_that_nobody_has_loads_no_package(packages: Path) -> None:
    code = (
        "import sys\nfrom qa_index import formats\n"
        "try: formats.format_of_name('a.xyz')\n"
        "except formats.UnreadableSource as error: print(error)\n"
        "print('slides' in sys.modules)\n"
    )
    assert run(packages, code) == (
        ".xyz files are not read; name the file itself if it is text\nFalse\n"
    )


def test_a_format_that_fails_costs_one_file(packages: Path) -> None:
    told = run(
        packages,
        "from qa_index.formats import UnreadableSource, parse\n"
        "try:\n    parse(b'SLD\\0hostile', name='a.sld')\n"
        "except UnreadableSource as error:\n    print(error)",
    )
    assert told == "the format slides failed on it (no slide)\n"


@pytest.mark.parametrize("name", ["page", "page.2024", "page.aspx"])
def test_a_page_under_a_name_that_says_nothing(name: str) -> None:
    begin = b'\xef\xbb\xbf<?xml version="1.0"?>\r\n<!DOCTYPE HTML>\n'
    page = begin + b"<html><p>Some <b>text</b>.</p></html>"
    parsed = parse(page, name=name)
    assert (parsed.format, parsed.text) == ("html", "Some text.")
    for said in ("page.txt", "page.md"):
        assert parse(page, name=said).format != "html"
    about = b"<html> is an element."
    assert parse(b"The element " + about, name=name).format == "text"
