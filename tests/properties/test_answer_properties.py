"""Properties of every answer, tested on arbitrary text."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.answering.answerer import Answerer
from qa.checking.verification import Verdict
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from tests.support.hashing_encoder import HashingEncoder

WORDS = st.sampled_from(
    ["cat", "Dog", "naïve", "東京", "Привет", "e.g.", "3.14", "#", "##", "-", "*", "```", "|", ">",
     "мир", "U.S.", "don’t", "👩‍👩‍👧", "é", "שלום", "مرحبا", "\u202e", "\x1b[31m", "&amp;", "http://a.b/c",
     "?", "!", "...", "。", "---", "===", "1.", "Skip to content"]
)  # fmt: skip
SPACES = st.sampled_from([" ", " ", " ", ". ", "\n", "\n\n", "\r\n", "\r", "\t", "\u3000", "\f"])
WRITTEN = st.lists(st.tuples(WORDS, SPACES), max_size=120).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)
HOSTILE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)
TEXTS = st.one_of(WRITTEN, HOSTILE)
NAMES = st.sampled_from(["a.txt", "b.md", "c/d.txt", "é e.txt", "z.md"])
FOLDERS = st.dictionaries(NAMES, TEXTS, min_size=1)
QUESTIONS = st.one_of(WRITTEN, HOSTILE).filter(lambda text: bool(text.strip()))

quick = settings(max_examples=60)


@contextmanager
def sources(texts: dict[str, str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "texts").mkdir()
        # There is always something to index.
        fill(root, {**texts, "always.txt": "A cat sat on the mat. Dogs bark."})
        yield root


def fill(root: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = root / "texts" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())


def index(root: Path, name: str = ".qa") -> Answerer:
    build([root / "texts"], root / name, encoder=HashingEncoder())
    return Answerer(StoredIndex(root / name), HashingEncoder)


def answer_bytes(answerer: Answerer, question: str, *, generation: bool = True) -> str:
    data = answerer.ask(question, k=10).to_dict()
    del data["timing_ms"]
    if not generation:
        del data["index"]
    return json.dumps(data, ensure_ascii=False)


@quick
@given(FOLDERS, QUESTIONS)
def test_every_quote_is_a_verbatim_slice_of_its_source(
    texts: dict[str, str], question: str
) -> None:
    with sources(texts) as root:
        for citation in index(root).ask(question, k=50, min_confidence="low").citations:
            source = (root / citation.source.path).read_bytes().decode("utf-8-sig")
            assert citation.quote == source[citation.span.start : citation.span.end]
            assert citation.verify().verdict is Verdict.VERIFIED
            assert citation.quote.strip()


@quick
@given(FOLDERS, QUESTIONS)
def test_evidence_lies_inside_its_passage(texts: dict[str, str], question: str) -> None:
    with sources(texts) as root:
        for citation in index(root).ask(question, k=50).citations:
            assert citation.evidence
            for span in citation.evidence:
                assert citation.span.start <= span.start < span.end <= citation.span.end


@quick
@given(FOLDERS, QUESTIONS)
def test_the_same_question_gives_the_same_bytes(texts: dict[str, str], question: str) -> None:
    with sources(texts) as root:
        first = answer_bytes(index(root), question)
        assert answer_bytes(Answerer(StoredIndex(root / ".qa"), HashingEncoder), question) == first


@quick
@given(FOLDERS)
def test_indexing_unchanged_input_changes_nothing(texts: dict[str, str]) -> None:
    with sources(texts) as root:
        index(root)
        report = build([root / "texts"], root / ".qa", encoder=HashingEncoder())
        assert report.idle
        assert report.generation == 1


@quick
@given(FOLDERS, FOLDERS, st.sets(NAMES), QUESTIONS)
def test_an_update_answers_as_a_build_from_nothing(
    before: dict[str, str], after: dict[str, str], removed: set[str], question: str
) -> None:
    with sources(before) as root:
        index(root)
        fill(root, after)
        for name in removed:
            (root / "texts" / name).unlink(missing_ok=True)
        updated = answer_bytes(index(root), question, generation=False)
        assert answer_bytes(index(root, ".fresh"), question, generation=False) == updated
