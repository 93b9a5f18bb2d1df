"""``qa ask --all --sample`` and ``qa judge``, as processes and on a terminal."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import COMMAND, environment, run_command
from tests.support.typing import Typed

ASKED = "When does the ferry leave?"
PROMPT = "[y/n/m/b/q] "
ALL_JUDGED = "Enter to end: "


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index and a list of which six passages are to be judged."""
    folder = tmp_path_factory.mktemp("notes")
    (folder / "ferry.txt").write_text("The ferry to Elba leaves at nine in the morning.\n")
    for number in range(8):
        (folder / f"{number}.txt").write_text(f"The ferry {number} has a red funnel.\n" * 9)
    assert run_command("index", ".", "--quiet", folder=folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def sampled(notes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file to judge, which tests copy."""
    made = tmp_path_factory.mktemp("sampled") / "review.json"
    done = run_command(
        "ask", "--all", "--sample", str(made), "--sample-size", "6", ASKED, folder=notes
    )
    assert done.stderr == f"qa: 6 passages to judge: run `qa judge {made}`\n"
    assert "with 20% or more" in done.stdout.splitlines()[0]
    assert "--sample" not in done.stdout
    return made


@pytest.fixture
def file(sampled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sampled, tmp_path))


def judging(file: Path, columns: int = 80) -> Typed:
    return Typed(
        [*COMMAND, "judge", file.name],
        folder=file.parent,
        environment=environment(NO_COLOR="1", COLUMNS=""),
        columns=columns,
    )


def answers(file: Path) -> list[Any]:
    return [each["answers"] for each in json.loads(file.read_text())["sample"]["passages"]]


def test_a_sitting(file: Path) -> None:
    with judging(file) as typed:
        first = typed.until(PROMPT)
        assert ASKED in first
        assert "1 of 6  " in first
        assert "%" not in first  # how likely it answers would sway who judges
        assert first.count("\u2502") + first.count("\u2503") < 20
        typed.type("y\n")
        assert "2 of 6  " in typed.until(PROMPT)
        assert answers(file) == [True, None, None, None, None, None]
        for nothing in ("what?", "not sure", ""):
            typed.type(f"{nothing}\n")
            assert "y: it answers." in typed.until(PROMPT)
        typed.type("n\n")
        assert "3 of 6  " in typed.until(PROMPT)
        typed.type("b\n")
        assert "2 of 6  " in typed.until(PROMPT)
        typed.type("Yes\n")
        assert "3 of 6  " in typed.until(PROMPT)
        typed.type("q\n")
        told = " ".join(typed.rest().split())
        assert (
            "2 passages judged, 2 of which answer. 4 others of the sample not judged yet." in told
        )
        assert "missed" in told
        assert typed.code() == 0
    assert answers(file) == [True, True, None, None, None, None]
    with judging(file) as typed:
        assert "3 of 6  " in typed.until(PROMPT)
        for _ in range(3):
            typed.type("n\n")
            typed.until(PROMPT)
        typed.type("n\n")
        typed.until(ALL_JUDGED)
        typed.type("b\n")
        assert "6 of 6  " in typed.until(PROMPT)
        typed.type("y\n")
        typed.until(ALL_JUDGED)
        typed.type("\n")
        assert "6 passages judged, 3 of which answer." in typed.rest()
    with judging(file) as typed:
        assert "6 passages judged" in typed.rest()


def test_what_another_program_wrote_is_not_overwritten(file: Path) -> None:
    with judging(file) as typed:
        typed.until(PROMPT)
        data = json.loads(file.read_text())
        data["sample"]["passages"][5]["answers"] = True
        file.write_text(json.dumps(data))
        typed.type("y\n")
        assert "was changed by another program meanwhile; run it again" in typed.rest()
        assert typed.code() == 2
    assert answers(file) == [None, None, None, None, None, True]


def test_more_of_a_long_passage_is_shown(file: Path) -> None:
    data = json.loads(file.read_text())
    quote = data["sample"]["passages"][0]["quote"]
    long = " ".join(f"{quote} {number}" for number in range(80))
    data["sample"]["passages"][0]["quote"] = long
    file.write_text(json.dumps(data))
    with judging(file) as typed:
        assert " 79" not in typed.until(PROMPT)
        typed.type("m\n")
        assert " 79" in typed.until(PROMPT)


@pytest.mark.parametrize("columns", [60, 25])
def test_it_fits_its_width(file: Path, columns: int) -> None:
    with judging(file, columns) as typed:
        lines = typed.until(PROMPT).splitlines()
    assert all(len(line) <= columns for line in lines[:-1])


def test_interrupted_nothing_is_lost(file: Path) -> None:
    with judging(file) as typed:
        typed.until(PROMPT)
        typed.type("y\n")
        typed.until(PROMPT)
        typed.interrupt()
        assert "Traceback" not in typed.rest()
        assert typed.code() == 128 + signal.SIGINT
    assert answers(file)[:2] == [True, None]
    with judging(file) as typed:
        typed.until(PROMPT)
        typed.type("\x04")
        assert "1 passage judged, 1 of which answers." in typed.rest()


def test_a_program_fills_in_what_answers(file: Path) -> None:
    refused = run_command("judge", file.name, "--json", folder=file.parent)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is judged; say true or false in the field 'answers'" in refused.stderr
    data = json.loads(file.read_text())
    for number, each in enumerate(data["sample"]["passages"]):
        each["answers"] = number < 2
    file.write_text(json.dumps(data))
    done = run_command("judge", file.name, "--json", folder=file.parent)
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert (told["schema"], told["sampled"], told["judged"]) == ("qa.review/1", 6, 6)
    assert told["answering"] == [each["id"] for each in data["sample"]["passages"][:2]]
    piped = run_command("judge", "-", "--json", folder=file.parent, stdin=file.read_text())
    assert piped.stdout == done.stdout
    words = run_command("judge", file.name, folder=file.parent)
    assert words.stdout.startswith("6 passages judged, 2 of which answer.\n")
    assert run_command("verify", file.name, folder=file.parent).returncode in (0, 1)


def test_the_list_in_json_holds_the_sample_too(notes: Path, tmp_path: Path) -> None:
    made = tmp_path / "review.json"
    done = run_command("ask", "--all", "--json", "--sample", str(made), ASKED, folder=notes)
    assert json.loads(done.stdout) == json.loads(made.read_text())


def test_where_nothing_is_left_out_it_says_so(notes: Path, tmp_path: Path) -> None:
    made = tmp_path / "review.json"
    arguments = ["ask", "--all", "--least", "0", "--sample", str(made), ASKED]
    done = run_command(*arguments, folder=notes)
    assert "every passage that was scored is listed" in done.stderr
    again = run_command(*arguments, folder=notes)
    assert (again.returncode, again.stdout) == (2, "")
    assert "exists, and may hold judgements; remove it or name another file" in again.stderr
    told = run_command("judge", str(made), folder=notes)
    assert told.stdout == "0 passages judged, none of which answer.\nProbably none is missed.\n"


def test_a_file_that_cannot_be_written_is_told_after_the_list(notes: Path) -> None:
    done = run_command("ask", "--all", "--sample", "no/such/file.json", ASKED, folder=notes)
    assert done.returncode == 2
    assert "with 20% or more" in done.stdout
    assert done.stderr == "qa: cannot write no/such/file.json: No such file or directory\n"


@pytest.mark.parametrize("text", ["", "rubbish", "[1]", '{"schema": "qa.passages/1"}', "\0" * 99])
def test_rubbish(tmp_path: Path, text: str) -> None:
    (tmp_path / "some.json").write_text(text)
    done = run_command("judge", "some.json", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_no_file(tmp_path: Path) -> None:
    missing = run_command("judge", "none.json", folder=tmp_path)
    assert missing.stderr == "qa: cannot read none.json: No such file or directory\n"


def test_a_list_does_not_control_the_terminal(file: Path) -> None:
    data = json.loads(file.read_text())
    for each in data["sample"]["passages"]:
        each["quote"] = "The ferry\x1b[2J leaves"
        each["source"]["path"] = "evil\x1b]0;name\x07.txt"
        each["heading_path"] = ["\x1b[31mred"]
    file.write_text(json.dumps(data))
    with judging(file) as typed:
        printed = typed.until(PROMPT)
    assert "\\x1b[2J" in printed
    assert "\x1b[2J" not in printed
    assert "\x1b]0" not in printed
    assert "\x1b[31m" not in printed
