"""``qa ask --after``, as a process."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.cache import own_cache
from tests.support.command import run_command

SEEDS = Path(__file__).parents[3] / "seeds"
ASKED = "When was the first Russia-Mexico business forum held?"
FOLLOWED = "who organized it?"
GOLD = "organized by the Roscongress"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index and a saved answer."""
    place = tmp_path_factory.mktemp("after")
    shutil.copytree(SEEDS, place / "seeds")
    assert run_command("index", "seeds", "--quiet", folder=place).returncode == 0
    saved = run_command("ask", "--json", ASKED, folder=place)
    (place / "answer.json").write_text(saved.stdout, encoding="utf-8")
    return place


def test_the_last_answer_shown(folder: Path, tmp_path: Path) -> None:
    home = {"QA_CACHE": own_cache(tmp_path / "cache")}
    shutil.copytree(folder, tmp_path / "there")
    assert run_command("ask", ASKED, folder=tmp_path / "there", changes=home).returncode == 0
    # Its index is asked again, from wherever.
    done = run_command("ask", "--after", "last", FOLLOWED, folder=tmp_path, changes=home)
    assert done.returncode in (0, 1), done.stderr
    assert '\nRead with the question before: "When was the first Russia' in done.stdout
    first = done.stdout.split("\n2  ")[0]
    assert GOLD in " ".join(first.replace("│", "").replace("▌", "").split())
    # Now that is the last one, and the question before it still counts.
    done = run_command("ask", "--after", "last", "in which city?", folder=tmp_path, changes=home)
    assert "\nRead with the questions before: " in done.stdout
    assert f', "{FOLLOWED}"\n' in done.stdout


def test_what_helps_if_there_is_no_answer(folder: Path) -> None:
    asked = ("ask", "--after", "answer.json", "how much did it cost?")
    done = run_command(*asked, folder=folder)
    assert done.returncode == 1
    assert "\nAsk it in full, add documents, or accept less with" in done.stdout


def test_a_saved_answer(folder: Path) -> None:
    saved = (folder / "answer.json").read_text(encoding="utf-8")
    asked = ("ask", "--json", FOLLOWED, "--after")
    of_file = run_command(*asked, "answer.json", folder=folder)
    piped = run_command(*asked, "-", folder=folder, stdin=saved)
    given = json.loads(of_file.stdout)
    assert given["after"]["questions"] == [ASKED]
    assert GOLD in given["citations"][0]["quote"]
    assert given["citations"] == json.loads(piped.stdout)["citations"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b'{"schema": "qa.answer/1"', "is not JSON"),
        (b'{"schema": "qa.excerpt/1"}', "is not an answer of schema qa.answer/1"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_other_files_are_refused(folder: Path, tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(content)
    done = run_command("ask", FOLLOWED, "--after", str(file), folder=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--after", "gone.json", FOLLOWED), "cannot read gone.json: No such file or directory"),
        (("--after", "seeds", FOLLOWED), "cannot read seeds: Is a directory"),
        (("--after", "answer.json", "-"), "--after takes one question"),
        (("--after", "answer.json", "--keep", FOLLOWED), "ask it in full"),
        (("--after", "answer.json", "--certificate", "c.json", FOLLOWED), "ask it in full"),
    ],
)
def test_what_it_cannot_do(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    done = run_command("ask", *arguments, folder=folder, stdin="one\n")
    assert done.returncode == 2
    assert told in done.stderr


def test_without_a_last_answer(folder: Path, tmp_path: Path) -> None:
    home = {"QA_CACHE": str(tmp_path)}
    done = run_command("ask", "--after", "last", FOLLOWED, folder=folder, changes=home)
    assert done.returncode == 2
    assert "no last answer is kept; ask first" in done.stderr
