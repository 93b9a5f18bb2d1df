"""``qa ask --keep`` and ``qa again``, as processes."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.command import on_terminal, run_command

ASKED = "How many dogs may the tenant keep?"
PETS = "The tenant may keep one dog in the flat.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index. Tests copy it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "pets.txt").write_text(PETS)
    assert run_command("index", "pets.txt", "--quiet", folder=folder).returncode == 0
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_from_keeping_to_accepting(folder: Path) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = run_command(*arguments, folder=folder)
        return done.returncode, done.stdout, done.stderr

    assert run("again") == (0, "", "qa: no questions are kept; keep one with `qa ask --keep`\n")
    assert run("ask", "--keep", ASKED)[0] == 0
    assert ASKED in run("again", "--list")[1]
    assert run("again") == (0, "", "qa: 0 of 1 changed\n")

    (folder / "pets.txt").write_text(PETS.replace("one dog", "two dogs"))
    assert run("index", "--quiet")[0] == 0
    code, told, noted = run("again")
    assert (code, noted) == (1, "qa: 1 of 1 changed\n")
    assert "[-one dog-] {+two dogs+}" in told

    code, printed, _ = run("again", "--json", "--accept")
    [line] = printed.splitlines()
    assert code == 1
    assert json.loads(line)["changes"][0]["kind"] == "changed"
    assert run("again")[0] == 0

    assert run("again", "--forget", "1") == (0, "", "qa: forgot 1; 0 are kept\n")
    code, _, refused = run("again", "--forget", "1")
    assert code == 2
    assert "there is no kept question 1" in refused


def test_on_a_terminal_it_fits_its_width(folder: Path) -> None:
    run_command("ask", "--keep", ASKED, folder=folder)
    (folder / "pets.txt").write_text("Nothing is said here about animals any more, of no kind.\n")
    run_command("index", "--quiet", folder=folder)
    shown = on_terminal("again", folder=folder, columns=40)
    assert "no longer answered" in shown
    assert "is gone from its source" in shown


def test_a_question_needs_an_index_that_stays(folder: Path) -> None:
    done = run_command("ask", "--keep", "--in", "pets.txt", ASKED, folder=folder)
    assert done.returncode == 2
    assert "--keep needs an index that stays" in done.stderr


def test_without_an_index(tmp_path: Path) -> None:
    assert run_command("again", folder=tmp_path).returncode == 3
