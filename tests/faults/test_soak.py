"""Index, edit, delete, rename and ask at random, against a dictionary of the expected results."""

import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path

from qa.answering.answerer import Answerer
from qa_index.collection.local.stored import StoredIndex
from tests.faults.world import THOROUGH, answerer_of, build_in, index_of, leftovers

Tally = Callable[[str], None]
SECONDS = 600 if THOROUGH else 10
MOST_FILES = 40


def name_of(number: int) -> str:
    """A word for a number, made of letters that no stemmer strips.

    Words are so unlike that none is read as a misspelling of another.
    """
    digits = hashlib.sha256(str(number).encode()).hexdigest()[:12]
    return "q" + digits.translate(str.maketrans("0123456789abcdef", "bcdfghjklmnpqrtv")) + "z"


class Model:
    """The texts that are on disk, and those that the index was last built from.

    Every text holds one unique word, so that a question has one right answer.
    """

    def __init__(self, folder: Path, choose: random.Random) -> None:
        self.folder = folder
        self.choose = choose
        self.texts: dict[str, str] = {}
        self.indexed: dict[str, str] = {}
        self.words = 0

    def new_text(self) -> str:
        self.words += 1
        filler = " ".join(self.choose.choices(["boat", "rope", "sail", "mast", "keel"], k=30))
        lines = [f"Here is {name_of(self.words)} alone.", f"There is {filler}."]
        self.choose.shuffle(lines)
        return self.choose.choice([" ", "\n\n", "\r\n", "\n\n# Heading\n\n"]).join(lines)

    def new_path(self) -> str:
        folder = self.choose.choice(["", "a/", "a/b/", "c/"])
        return f"{folder}{self.choose.randrange(10**6)}.{self.choose.choice(['txt', 'md'])}"

    def write(self, path: str, text: str) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
        self.texts[path] = text

    def some(self) -> str:
        return self.choose.choice(sorted(self.texts))

    def add(self) -> None:
        if len(self.texts) < MOST_FILES:
            self.write(self.new_path(), self.new_text())

    def edit(self) -> None:
        self.write(self.some(), self.new_text())

    def delete(self) -> None:
        if len(self.texts) > 1:
            path = self.some()
            (self.folder / path).unlink()
            del self.texts[path]

    def rename(self) -> None:
        old, new = self.some(), self.new_path()
        text = self.texts.pop(old)
        (self.folder / old).unlink()
        self.write(new, text)

    def touch(self) -> None:
        (self.folder / self.some()).touch()

    def index(self) -> None:
        build_in(self.folder.parent, full=self.choose.random() < 0.1)
        self.indexed = dict(self.texts)

    def ask(self) -> None:
        """Asks for a word that is indexed, and for one that is not any more, or not yet."""
        answerer = answerer_of(self.folder.parent)
        path = self.choose.choice(sorted(self.indexed))
        self._check(answerer, path)
        gone = set(map(name_of, range(1, self.words + 1))) - set(
            map(self._word, self.indexed.values())
        )
        if gone:
            missing = self.choose.choice(sorted(gone))
            assert not answerer.ask(missing, mode="bm25").citations, missing

    def _check(self, answerer: Answerer, path: str) -> None:
        text = self.indexed[path]
        word = self._word(text)
        (citation,) = answerer.ask(f"Where is {word}?", mode="bm25", k=1).citations
        assert citation.source.path == f"texts/{path}"
        assert word in citation.quote
        assert citation.quote == text[citation.span.start : citation.span.end]
        assert citation.source.stale == (self.texts.get(path) != text)
        assert citation.verify().verified or citation.source.stale

    def _word(self, text: str) -> str:
        return text.split("Here is ")[1].split()[0]

    def compare(self) -> None:
        """Checks that all texts of the index are those of the model."""
        index = StoredIndex(index_of(self.folder.parent))
        index.reader.check_all()
        found = {document.path: index.text_of(document) for document in index.documents()}
        assert found == {f"texts/{path}": text for path, text in self.indexed.items()}
        assert leftovers(self.folder.parent) == []


def test_soak(tmp_path: Path, tally: Tally) -> None:
    seed = random.randrange(10**9) if THOROUGH else 0
    print(f"seed {seed}")  # shown if the test fails
    model = Model(tmp_path / "texts", random.Random(seed))
    for _ in range(5):
        model.add()
    model.index()
    actions = {
        model.add: 3,
        model.edit: 3,
        model.delete: 2,
        model.rename: 2,
        model.touch: 1,
        model.index: 3,
        model.ask: 8,
    }
    done = 0
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        (action,) = model.choose.choices(list(actions), list(actions.values()))
        action()
        done += 1
        if action == model.index:
            model.compare()
    assert done > SECONDS
    tally(f"soak of {SECONDS} s: {done:,} actions, {model.words:,} texts")
