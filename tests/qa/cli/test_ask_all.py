"""``qa ask --all``, as a process."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from qa.rendering.passages import CORRECTED, MAY_BE_LOW
from tests.support.cache import own_cache
from tests.support.command import COMMAND, environment, on_terminal, run_command
from tests.support.web_annotation import check_collection

ASKED = "When does the ferry leave?"
NOTES = [
    "The ferry to the island leaves at nine in the morning from the old quay.",
    "On Sundays the ferry leaves at ten.",
    "Bread is baked from flour, water, salt and yeast.",
    "In winter the ferry does not leave before noon, and not at all in a storm.",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("all")
    for number, text in enumerate(NOTES):
        (folder / f"note{number}.txt").write_text(text + "\n")
    (folder / "copy.txt").write_text(NOTES[1] + "\n")
    assert run_command("index", ".", "--quiet", folder=folder).returncode == 0
    return folder


def test_a_list_for_a_person(folder: Path) -> None:
    done = run_command("ask", "--all", "--least", "0", ASKED, folder=folder)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[0] == "4 passages answer with 0% or more, the likeliest first:"
    assert " ".join(lines[-3:]) == f"Probably none is missed. {MAY_BE_LOW} {CORRECTED}"
    assert "nine in the morning" in done.stdout
    assert "also in:" in done.stdout
    assert not done.stderr


def test_the_numbers_for_a_program(folder: Path) -> None:
    done = run_command("ask", "--all", "--json", "--least", "0.5", ASKED, folder=folder)
    data = json.loads(done.stdout)
    assert data["schema"] == "qa.passages/1"
    assert data["least"] == 0.5
    assert all(each["probability"] >= 0.5 for each in data["citations"])
    assert data["searched"] == 5
    assert 0 <= data["missed"]["low"] <= data["missed"]["high"]
    assert run_command("verify", "-", folder=folder, stdin=done.stdout).returncode == 0


def test_a_saved_list_is_annotated(folder: Path) -> None:
    done = run_command("ask", "--all", "--json", "--least", "0", ASKED, folder=folder)
    arguments = ("verify", "-", "--annotations", "list.jsonld")
    assert run_command(*arguments, folder=folder, stdin=done.stdout).returncode == 0
    made = json.loads((folder / "list.jsonld").read_text())
    check_collection(made)
    assert made["label"] == ASKED
    quotes = [each["target"]["selector"][0]["exact"] for each in made["first"]["items"]]
    assert quotes == [each["quote"] for each in json.loads(done.stdout)["citations"]]
    assert len(quotes) == 4


def test_show_shows_a_passage_of_the_list(folder: Path, tmp_path: Path) -> None:
    cache = {"QA_CACHE": own_cache(tmp_path)}
    run_command("ask", "--all", "--least", "0", ASKED, folder=folder, changes=cache)
    shown = run_command("show", "4", folder=folder, changes=cache)
    assert shown.returncode == 0
    assert "Bread" in shown.stdout
    refused = run_command("show", "12345", folder=folder, changes=cache)
    assert refused.returncode == 2
    assert "has no passage 12345, it has 4" in refused.stderr


def test_without_a_passage_it_exits_with_1(folder: Path) -> None:
    done = run_command("ask", "--all", "--least", "1", ASKED, folder=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("No passage answers with 100% or more.\n")
    assert "missed" in done.stdout
    done = run_command("ask", "--all", "--type", "pdf", ASKED, folder=folder)
    assert done.returncode == 1
    assert "The filter leaves nothing to search" in done.stdout
    assert "missed" not in done.stdout


def test_several_questions(folder: Path) -> None:
    done = run_command("ask", "--all", "--json", "-", folder=folder, stdin=f"{ASKED}\nBread?\n")
    assert [json.loads(line)["question"] for line in done.stdout.splitlines()] == [ASKED, "Bread?"]
    done = run_command("ask", "--all", "-", folder=folder, stdin=f"{ASKED}\nBread?\n")
    assert "Bread?" in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--all", "-k", "3", ASKED], "-k does not apply with --all"),
        (["--all", "--min-confidence", "low", ASKED], "with --all use --least"),
        (["--all", "--keep", ASKED], "--keep keeps an answer, not a list"),
        (["--all", "--certificate", "c.json", ASKED], "--certificate is about an answer"),
        (["--all", "--annotations", "a.jsonld", ASKED], "use `qa verify LIST --annotations FILE`"),
        (["--all", "--after", "last", ASKED], "--after does not apply with --all"),
        (["--all", "--context", "2", ASKED], "--context does not apply with --all"),
        (["--all", "--mode", "dense", ASKED], "mode hybrid or bm25"),
        (["--all", "--least", "2", ASKED], "least must be a number from 0 to 1"),
        (["--all", "--least", "nan", ASKED], "'nan' is not a number"),
        (["--all"], "QUESTION"),
        (["--least", "0.1", ASKED], "--least is the limit of --all"),
        (["--sample", "s.json", ASKED], "--sample is of what --all leaves out"),
        (["--all", "--sample-size", "9", ASKED], "--sample-size goes with --sample"),
        (["--all", "--sample", "s.json", "--sample-size", "0", ASKED], "from 1 to 200"),
        (["--all", "--sample", "s.json", "-"], "--sample takes one question"),
        (["--all", "--sample", "", ASKED], "exists, and may hold judgements"),
    ],
)
def test_what_does_not_go_together(folder: Path, arguments: list[str], told: str) -> None:
    done = run_command("ask", *arguments, folder=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("columns", [80, 40, 20])
def test_on_a_terminal_it_fits_its_width(folder: Path, columns: int) -> None:
    shown = on_terminal("ask", "--all", "--least", "0", ASKED, folder=folder, columns=columns)
    assert "%" in shown
    assert "missed" in shown


def test_documents_do_not_control_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "evil.txt").write_text("The ferry leaves\x1b[2J at nine.\n" * 3 + "Bread. " * 40)
    done = run_command("ask", "--all", "--least", "0", "--in", ".", ASKED, folder=tmp_path)
    assert "ferry leaves" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_reader_that_stops_reading_is_no_error(folder: Path) -> None:
    command = " ".join(["exec", *COMMAND, "ask", "--all", "--least", "0", f"'{ASKED}'"])
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"({command}) | head -n 0"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr


def test_interrupted(folder: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "ask", "--all", "-"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{ASKED}\n".encode())
    process.stdin.flush()
    assert process.stdout.readline()  # it is at work, and waits for the next question
    os.kill(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in told
