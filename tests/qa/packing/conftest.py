"""A folder with an index of three files, and answers that were saved from it."""

import json
import shutil
from pathlib import Path

import pytest

import qa
from tests.support.pdfs import pages_of

RENT = (
    "The rent is due on the first day of each month.\n\n"
    "The tenant may keep one dog in the flat. However, this does not apply to fighting dogs.\n\n"
    "The keys are handed over by the caretaker, Ottokar Brandt, on the day of moving in.\n"
)
LAMP = "The lamp of the lighthouse was painted green by Cornelius Abel in 1931."
COVER = "This page is empty but for a sentence, which says that it is."
PAGES = [(12, 40, 500, COVER)], [(20, 40, 550, "1 The lamp"), (12, 40, 500, LAMP)]

QUESTIONS = {
    "dog": "How many dogs may the tenant keep in the flat?",
    "lamp": "Who painted the lamp of the lighthouse green?",
    "none": "Who won the chess championship in Reykjavik?",
}


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    folder = tmp_path_factory.mktemp("packing")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "rent.txt").write_text(RENT)
    (docs / "lamp.pdf").write_bytes(pages_of(*PAGES))
    qa.index([docs], into=folder / ".qa", model="minilm", offline=True)
    with qa.open(folder / ".qa") as session:
        for name, question in QUESTIONS.items():
            answer = session.ask(question, k=1)
            assert answer.answered == (name != "none"), name
            saved = answer.to_dict()
            if name == "none":
                saved = qa.certify_absence(answer, session, {"k": 1}).to_dict()
            (folder / f"{name}.json").write_text(json.dumps(saved))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy, as the working folder."""
    there = tmp_path / "there"
    shutil.copytree(made, there)
    monkeypatch.chdir(there)
    return there


@pytest.fixture
def elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, as on the machine of somebody else."""
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    monkeypatch.chdir(empty)
    return empty


ALL = [Path(f"{name}.json") for name in QUESTIONS]
