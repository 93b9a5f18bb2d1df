"""``qa pack`` and ``qa verify`` of a pack, as processes."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.command import COMMAND, environment, run_command

LEASE = "The tenant may keep one dog in the flat.\n\nThe rent is due on the first of each month.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "docs").mkdir()
    (folder / "docs/lease.txt").write_text(LEASE)
    assert run_command("index", "docs", "--quiet", folder=folder).returncode == 0
    asked = run_command("ask", "--json", "How many dogs may the tenant keep?", folder=folder)
    assert asked.returncode == 0, asked.stderr
    (folder / "a.json").write_text(asked.stdout)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    there = tmp_path / "there"
    shutil.copytree(made, there)
    return there


def run(folder: Path, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    done = run_command(*arguments, folder=folder, stdin=stdin)
    return done.returncode, done.stdout, done.stderr


def test_from_an_answer_to_another_machine(folder: Path, tmp_path: Path) -> None:
    code, told, noted = run(folder, "pack", "a.json", "-o", "dogs.zip", "--sources")
    assert (code, noted) == (0, "")
    assert told.startswith("packed 1 question, ")
    assert "SHA-256 " in told

    code, told, _ = run(folder, "verify", "dogs.zip", "--strict")
    assert code == 0
    assert told.splitlines()[0].startswith("The pack is intact: 1 question, ")
    assert "The sources are as they were, and the quotes stand in them." in told

    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(folder / "dogs.zip", other)
    code, told, _ = run(other, "verify", "dogs.zip")
    assert code == 0
    assert "The sources are not here" in told
    assert "The quotes stand in the sources that the pack holds." in told
    assert run(other, "verify", "dogs.zip", "--strict")[0] == 1

    (folder / "docs/lease.txt").write_text(f"New.\n\n{LEASE}")
    code, told, _ = run(folder, "verify", "dogs.zip")
    assert code == 0
    assert "The quotes stand in the sources, which are not all as they were." in told
    assert "moved" in told
    assert run(folder, "verify", "dogs.zip", "--strict")[0] == 1

    (folder / "docs/lease.txt").write_text("No dogs.\n")
    code, told, _ = run(folder, "verify", "dogs.zip")
    assert code == 1
    assert "not stand in the sources." in told
    assert told.splitlines()[0].startswith("The pack is intact")

    (folder / "docs/lease.txt").unlink()
    code, told, _ = run(folder, "verify", "dogs.zip")
    assert code == 1, "the index lists it"


def test_a_damaged_pack(folder: Path) -> None:
    assert run(folder, "pack", "a.json", "-o", "dogs.html")[0] == 0
    data = (folder / "dogs.html").read_bytes()
    (folder / "dogs.html").write_bytes(data.replace(b"one dog", b"two dog"))
    code, told, _ = run(folder, "verify", "dogs.html")
    assert code == 1
    assert told.startswith("The pack is not intact.\n  its page was altered\n")
    assert "could not be read: the answers were altered." in told
    assert "and the quotes stand in them" not in told
    code, told, _ = run(folder, "verify", "--json", "dogs.html")
    assert code == 1
    verdict = json.loads(told)
    assert (verdict["schema"], verdict["intact"]) == ("qa.pack-verification/1", False)
    assert verdict["not_read"] > 0
    assert not verdict["stands"]
    (folder / "dogs.html").write_bytes(data[1:])
    code, told, error = run(folder, "verify", "dogs.html")
    assert (code, told) == (2, "")
    assert "dogs.html is no pack of `qa pack`, or its beginning is damaged" in error


def test_a_certificate_away_from_its_files(folder: Path, tmp_path: Path) -> None:
    asked = "Who won the chess championship in Reykjavik?"
    assert run(folder, "ask", "--certificate", "none.json", asked)[0] == 1
    assert run(folder, "pack", "none.json", "-o", "none.html")[0] == 0
    code, told, _ = run(folder, "verify", "none.html")
    assert (code, "The certificate holds." in told) == (0, True)
    (tmp_path / "away").mkdir()
    (folder / "none.html").rename(tmp_path / "away/none.html")
    code, told, _ = run(tmp_path / "away", "verify", "none.html")
    assert code == 0
    assert "1 certificate could not be checked: the files are not here." in told
    told = run(tmp_path / "away", "verify", "--json", "none.html")[1]
    assert json.loads(told)["certificates_checked"] == 0


def test_pipes(folder: Path) -> None:
    text = (folder / "a.json").read_text()
    code, told, _ = run(folder, "pack", "-", "--json", stdin=text)
    assert code == 0
    manifest = json.loads(told)
    assert manifest["schema"] == "qa.pack/1"
    page = (folder / "pack.html").read_text("utf-8")
    code, told, _ = run(folder, "verify", stdin=page)
    assert code == 0
    assert told.startswith("The pack is intact")


def test_refusals(folder: Path) -> None:
    (folder / "docs/lease.txt").write_text("No dogs.\n")
    code, told, error = run(folder, "pack", "a.json")
    assert (code, told) == (1, "")
    assert "--allow-changed" in error
    assert not (folder / "pack.html").exists()
    code, _, error = run(folder, "pack", "a.json", "--allow-changed")
    assert code == 0
    assert "quote 1: the source does not hold this quote" in error
    for arguments, told in (
        (("pack", "no.json"), "cannot read no.json"),
        (("pack", "a.json", "-o", "a.json"), "name a .html or .zip file"),
        (("pack", "-", "-"), "standard input can be read once"),
        (("pack", "docs"), "cannot read docs"),
        (("pack",), "Missing argument"),
    ):
        code, printed, error = run(folder, *arguments)
        assert (code, printed) == (2, ""), arguments
        assert told in error


def test_standard_input_that_cannot_be_read(folder: Path) -> None:
    descriptor = os.open(folder / "out", os.O_WRONLY | os.O_CREAT)
    try:
        done = subprocess.run(
            [*COMMAND, "pack", "-"],
            cwd=folder,
            env=environment(),
            stdin=descriptor,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(descriptor)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot read standard input: Bad file descriptor" in done.stderr
    assert done.stderr.count("\n") == 1
