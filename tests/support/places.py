"""The command over an index on a server, beside the folder that it was copied from."""

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

import qa
from tests.support.command import ROOT, run_command

SECRET = "s3cret-pa55"
QUESTION = "How much oil is Pemex supposed to produce?"


class Place:
    """A folder with the seeds, an index of them, and a copy of that on a server."""

    def __init__(self, folder: Path, address: str) -> None:
        """``address`` is told without user; ``keeper`` asks, with the password ``SECRET``."""
        self.folder = folder
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        scheme, _, rest = address.partition("://")
        rest = rest.rpartition("@")[2]
        self.address = f"{scheme}://keeper:{SECRET}@{rest}"
        self.told = f"{scheme}://keeper@{rest}"

    def run(self, *arguments: str, **changes: str) -> "CompletedProcess[str]":
        data = {"QA_DATA": str(self.folder / "data"), "QA_CACHE": str(self.folder / "cache")}
        result = run_command(*arguments, folder=self.folder, changes={**data, **changes})
        assert SECRET not in result.stdout + result.stderr
        return result

    def answers(self, index: str, questions: Iterable[str], **options: Any) -> list[dict[str, Any]]:
        """What the library answers, without the time it took."""
        path = index if "://" in index else self.folder / index
        with qa.open(path, offline=True) as session:
            told = [session.ask(question, **options).to_dict() for question in questions]
        for each in told:
            del each["timing_ms"], each["index"]
        return told


def placed(folder: Path, address: str) -> Iterator[Place]:
    """Yields the place; then checks that nothing that was kept holds the secret."""
    place = Place(folder, address)
    patched = pytest.MonkeyPatch()
    patched.setenv("QA_DATA", str(folder / "data"))
    assert place.run("index", "seeds").returncode == 0
    copied = place.run("copy", ".qa", place.address)
    assert (copied.returncode, copied.stderr) == (0, "")
    assert copied.stdout.startswith("copied 4 documents, ")
    yield place
    kept = [path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file()]
    patched.undo()
    assert kept
    assert not any(SECRET.encode() in each for each in kept)


def assert_answers_are_the_same(place: Place) -> None:
    """Those of the server and of the folder, in the library; and that the command answers."""
    lines = (ROOT / "eval/questions/seeds.jsonl").read_text().splitlines()[::16]
    questions = [json.loads(line)["question"] for line in lines]
    there, here = (place.answers(index, questions) for index in (place.address, ".qa"))
    assert there == here
    assert {each["status"] for each in there} == {"answered", "no_answer"}
    for options in ({"filter": "000*"}, {"mode": "bm25"}, {"mode": "dense"}):
        there, here = (
            place.answers(index, questions[:3], **options) for index in (place.address, ".qa")
        )
        assert there == here
    answered = place.run("ask", QUESTION, "--index", place.address)
    assert (answered.returncode, answered.stderr) == (0, "")
    assert "1.8 million" in answered.stdout


def assert_status_is_told(place: Place) -> None:
    """The state of the engine, in JSON."""
    state = json.loads(place.run("status", "--deep", "--json", "--index", place.address).stdout)
    assert state["index"] == state["engine"]["address"] == place.told
    assert state["engine"]["generation"] == state["generation"]
    assert state["engine"]["writer"] is None
    assert state["checked"] is True
    assert state["fresh"] is True
