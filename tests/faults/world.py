"""A small collection in two states, and the answers of its index.

Every sentence contains the number of its round, so that no answer is the same in two rounds.
"""

import json
import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qa.answering.answerer import Answerer
from qa_index.building.build import build
from qa_index.building.report import BuildReport
from qa_index.collection.local.stored import StoredIndex
from qa_index.errors import IndexMissing
from qa_index.sources import touched
from tests.support.hashing_encoder import HashingEncoder

THOROUGH = os.environ.get("QA_THOROUGH") == "1"
"""Whether to run the full number of cases, which takes hours."""

ENCODER = HashingEncoder(dimension=16)

QUESTIONS = (
    "When does the ferry to Elba leave?",
    "What does the baker sell?",
    "Who guards the lighthouse?",
    "What is nowhere mentioned?",
)

CONSTANT = {
    "lamp.txt": "The lighthouse has one lamp. It burns oil from whales.\n\nNobody guards it.",
    "dir/rules.md": "# Rules\n\nNo dogs.\n\n## Hours\n\nOpen from nine to five, except Sundays.",
}
"""Texts that are the same in every round, so that an update copies as well as encodes."""


def texts_of(number: int, *, constant: bool = True) -> dict[str, str]:
    """The texts of a round, by path; files come and go between even and odd rounds."""
    changing = {
        "ferry.txt": f"The ferry to Elba leaves at nine in round {number}. "
        f"It takes an hour in round {number}.",
        "baker.md": f"# Baker\n\nThe baker sells bread in round {number}.",
        f"dir/guard{number % 2}.txt": f"A guard looks after the lighthouse in round {number}.",
    }
    return {**changing, **(CONSTANT if constant else {})}


def write_texts(folder: Path, texts: dict[str, str]) -> None:
    """Makes ``folder`` hold exactly these texts; unchanged files are not touched."""
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in texts:
            path.unlink()
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def index_of(world: Path) -> Path:
    return world / ".qa"


def build_in(world: Path, **options: Any) -> BuildReport:
    return build([world / "texts"], index_of(world), encoder=ENCODER, **options)


def answerer_of(world: Path) -> Answerer:
    return Answerer(StoredIndex(index_of(world)), lambda: ENCODER)


def answers(answerer: Answerer, questions: Sequence[str] = QUESTIONS) -> list[str]:
    """The full text of the answers, except timings and the state of the sources."""
    return [_fixed(answerer.ask(question, k=10).to_dict()) for question in questions]


def _fixed(answer: dict[str, Any]) -> str:
    del answer["timing_ms"], answer["warnings"], answer["index"]["generation"]
    for citation in answer["citations"]:
        del citation["source"]["stale"]
    return json.dumps(answer, sort_keys=True)


State = tuple[list[str], list[str]]

_answered: dict[str, list[str]] = {}
"""Answers by the manifest that they come from, but for its number and date."""


def state_of(world: Path) -> State | None:
    """The index's answers and the texts it holds; ``None`` if there is no index.

    Reads and checks every byte, and asks. Of an index of which one of the same bytes was asked
    before, it asks one question only, as these tests come to the same two thousands of times; with
    ``THOROUGH`` it asks all.
    """
    try:
        answerer = answerer_of(world)
    except IndexMissing:
        return None
    index = answerer.index
    assert isinstance(index, StoredIndex)
    index.reader.check_all()
    texts = [f"{document.path}: {index.text_of(document)}" for document in index.documents()]
    # The checksums of all files, which have just been checked, are in the manifest.
    same = repr(replace(index.manifest, generation=0, created=""))
    if THOROUGH or same not in _answered:
        _answered[same] = answers(answerer)
    now = answers(answerer, QUESTIONS[:1])
    return [*now, *_answered[same][1:]], texts


def leftovers(world: Path, *, besides: Sequence[str] = ()) -> list[str]:
    """Files in the index's folder that do not belong to the live generation."""
    index = index_of(world)
    try:
        live = StoredIndex(index).reader.folder.name
    except IndexMissing:
        live = ""
    return sorted(
        {path.name for path in index.iterdir()} - {"CURRENT", "lock", touched.FILE, live, *besides}
    )


def copy_world(source: Path, target: Path) -> Path:
    """A copy with the same modification times, without sockets and pipes."""

    def special(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if not _is_plain(Path(folder, name))}

    shutil.copytree(source, target, ignore=special)
    return target


def _is_plain(path: Path) -> bool:
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def remove_world(world: Path) -> None:
    shutil.rmtree(world)
