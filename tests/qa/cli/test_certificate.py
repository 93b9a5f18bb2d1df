"""``qa ask --certificate`` and ``qa verify`` of one, as processes."""

import json
from pathlib import Path

from tests.support.command import run_command

ASKED = "Who won the chess championship in Reykjavik?"
PETS = "The tenant may keep one dog in the flat.\n"


def test_from_asking_to_verifying(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = run_command(*arguments, folder=tmp_path)
        return done.returncode, done.stdout, done.stderr

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/pets.txt").write_text(PETS)
    assert run("index", "docs", "--quiet")[0] == 0
    assert run("ask", "--certificate", "none.json", ASKED)[0] == 1
    code, told, _ = run("verify", "none.json")
    assert code == 0
    assert told.startswith("The certificate holds.\n")
    assert "1 file: 1 same." in told

    (tmp_path / "docs/pets.txt").write_text("Fischer won.\n")
    code, told, _ = run("verify", "none.json")
    assert code == 1
    assert "changed  docs/pets.txt" in told
    assert json.loads(run("verify", "--json", "none.json")[1])["holds"] is False

    answered = run("ask", "--in", "docs", "--certificate", "other.json", "Who won?")
    assert answered[0] in (0, 1)
    missing = "/no/such/folder/x.json"
    code, shown, refused = run("ask", "--certificate", missing, "--in", "docs", ASKED)
    assert code == 2
    assert shown.startswith("No answer.")
    assert "cannot write /no/such/folder/x.json" in refused
