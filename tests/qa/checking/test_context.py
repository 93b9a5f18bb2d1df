"""The text around a quote."""

import hashlib
from pathlib import Path

import pytest

from qa.checking.context import REACH, Context, context_of
from qa.checking.sources import Sources
from qa.checking.verification import Claim, Verification, verify
from qa.places import SourceSpan

FIXTURES = Path(__file__).parents[2] / "fixtures"


def checked(quote: str, path: str, folder: Path) -> tuple[Verification, Sources]:
    sources = Sources(folder)
    encoding = "utf-8" if path.endswith(".txt") else None
    sha256 = hashlib.sha256(quote.encode()).hexdigest()
    claim = Claim(path, "0" * 64, SourceSpan(0, len(quote)), quote, sha256, encoding)
    return verify(claim, sources), sources


def around(quote: str, path: str, folder: Path) -> Context:
    return context_of(*checked(quote, path, folder))


def test_all_of_a_short_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"One.\r\nTwo.\r\nThree.")
    assert around("Two.", "a.txt", tmp_path) == ("One.\r\n", "Two.", "\r\nThree.")


def test_whole_lines_of_a_long_one(tmp_path: Path) -> None:
    lines = [f"This is line {number} of many.\n" for number in range(200)]
    (tmp_path / "a.txt").write_text("".join(lines))
    before, _, after = around("line 100 of", "a.txt", tmp_path)
    assert before.startswith("This is line ")
    assert before in "".join(lines[:101])
    assert after.endswith(" of many.")
    assert REACH - 30 < len(before) <= REACH
    assert REACH - 30 < len(after) <= REACH


@pytest.mark.parametrize("separator", [" ", "\u3000"])
def test_whole_words_of_a_long_line(tmp_path: Path, separator: str) -> None:
    text = separator.join(f"word{number:04}" for number in range(500))
    (tmp_path / "a.txt").write_text(text, "utf-8")
    before, _, after = around("word0250", "a.txt", tmp_path)
    assert {len(word) for word in (before + after).split()} == {8}


def test_a_text_without_spaces(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x" * 5000 + "here" + "y" * 5000)
    assert around("here", "a.txt", tmp_path) == ("x" * REACH, "here", "y" * REACH)


def test_no_running_heads(tmp_path: Path) -> None:
    quote = "because swarming bees have filled themselves with honey and seldom sting."
    before, _, after = around(quote, "bees.pdf", FIXTURES)
    assert before.endswith("and need not be afraid, ")
    assert after.strip() == ""


def test_a_quote_that_does_not_stand(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One.")
    with pytest.raises(ValueError, match="does not stand"):
        around("Two.", "a.txt", tmp_path)
