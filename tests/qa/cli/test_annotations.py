"""``qa ask --annotations``, and ``qa verify`` and ``qa show`` of annotations, as processes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import on_terminal, run_command
from tests.support.web_annotation import check_collection

RENT = "The rent is due on the first day of each month. The tenant may keep one dog in the flat.\n"
ASKED = "How many dogs may the tenant keep?"
NO_ANSWER = "Who won the chess championship in Reykjavik?"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The command in a folder with one indexed file and its annotations in ``dog.jsonld``."""
    folder = tmp_path_factory.mktemp("annotated")
    (folder / "lease.txt").write_text(RENT)

    def run(*arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
        done = run_command(*arguments, folder=folder, stdin=stdin)
        return done.returncode, done.stdout, done.stderr

    assert run("index", "lease.txt", "--quiet")[0] == 0
    code, told, _ = run("ask", ASKED, "--annotations", "dog.jsonld")
    assert code == 0
    assert "one dog" in told
    check_collection(json.loads((folder / "dog.jsonld").read_text()))
    return run


def told(exact: str) -> str:
    selector = {"type": "TextQuoteSelector", "exact": exact}
    return json.dumps({"type": "Annotation", "target": {"selector": selector}})


def test_printed_instead_of_the_answer(run: Run) -> None:
    code, printed, _ = run("ask", ASKED, "--annotations", "-")
    assert code == 0
    check_collection(json.loads(printed))


def test_verified(run: Run) -> None:
    code, printed, _ = run("verify", "dog.jsonld", "--strict")
    assert (code, printed) == (0, "same file: lease.txt\n   stands at lease.txt:1\n")
    code, printed, _ = run("verify", "dog.jsonld", "--json")
    assert json.loads(printed)["schema"] == "qa.annotations/1"
    assert json.loads(printed)["stands"]


def test_verified_from_a_pipe(run: Run) -> None:
    code, printed, _ = run("verify", stdin=told("may keep  one\ndog"))
    assert code == 0
    assert printed.startswith("converted: a source without a name\n   another file; stands at lea")
    assert run("verify", "--strict", stdin=told("may keep one dog"))[0] == 1
    code, printed, _ = run("verify", stdin=told("The tenant may keep one cat in the flat"))
    assert code == 1
    assert "[-cat-] {+dog+}" in printed
    assert run("verify", stdin=told("Elephants eat mangoes in Kerala"))[0] == 1


def test_shown(run: Run) -> None:
    code, printed, said = run("show", "dog.jsonld")
    assert code == 0
    assert "The tenant may keep one dog" in printed
    assert "same file: stands at lease.txt:1" in said
    code, printed, _ = run("show", "-", "--json", stdin=told("keep one dog"))
    assert code == 0
    assert json.loads(printed)["quote"] == "keep one dog"


def test_what_is_nowhere_is_not_shown(run: Run) -> None:
    code, printed, said = run("show", "-", stdin=told("Elephants eat mangoes in Kerala"))
    assert (code, printed) == (1, "")
    assert "nowhere: no document holds it or anything near it" in said


def test_pictures_are_of_one(run: Run) -> None:
    several = f"[{told('one dog')}, {told('the flat')}]"
    assert run("show", "-", stdin=several)[0] == 0
    code, _, said = run("show", "-", "--picture", "x.png", stdin=several)
    assert code == 2
    assert "has 2 annotations; --picture and --open show one" in said


def test_from_a_saved_answer(run: Run) -> None:
    saved = run("ask", "--json", ASKED)[1]
    code, printed, _ = run("verify", "-", "--annotations", "saved.jsonld", stdin=saved)
    assert code == 0
    assert printed.startswith("verified")
    assert run("verify", "saved.jsonld", "--strict")[0] == 0


def test_no_answer_is_not_annotated(run: Run) -> None:
    code, printed, said = run("ask", NO_ANSWER, "--annotations", "-")
    assert (code, printed) == (1, "")
    assert "no answer, so there is nothing to annotate" in said


def test_an_answer_is_shown_even_if_its_annotations_cannot_be_written(run: Run) -> None:
    code, printed, said = run("ask", ASKED, "--annotations", "/no/such/x")
    assert code == 2
    assert "lease.txt" in printed
    assert "cannot write /no/such/x" in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("ask", "-", "--annotations", "x"), "--annotations takes one question"),
        (("ask", ASKED, "--json", "--annotations", "-"), "both print"),
        (("verify", "-"), "is not JSON"),
        (("show", "-"), "standard input is not JSON; it should be a Web Annotation"),
        (("show", "lease.txt"), "is neither a citation nor PATH:LINE"),
        (("show", "missing.jsonld"), "is neither a citation nor PATH:LINE"),
    ],
)
def test_what_a_person_gets_wrong(arguments: tuple[str, ...], reason: str, run: Run) -> None:
    code, printed, said = run(*arguments, stdin="what is it?\n")
    assert (code, printed) == (2, "")
    assert reason in said
    assert said.count("\n") == 1


def test_control_characters_of_strangers_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "lease.txt").write_text(RENT)
    assert run_command("index", "lease.txt", folder=tmp_path).returncode == 0
    hostile = '"target": {"source": "re\\u001b[31md.txt", '
    (tmp_path / "x.jsonld").write_text(told("one dog").replace('"target": {', hostile))
    printed = on_terminal("verify", "x.jsonld", folder=tmp_path)
    assert "re\\x1b[31md.txt" in printed
    assert "re\x1b[31md" not in printed
