"""The contract of ``Collection``, tested on every engine."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import cast

import numpy as np
import pytest

from qa.answering.answerer import Answerer
from qa.answers import Confidence, Reason
from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.protocol import CandidateBlock, Collection
from qa_index.collection.weighting import lucene_idf
from qa_index.records import context_of
from qa_index.terms.analyzer import written_words
from qa_index.terms.hashing import term_hash
from tests.support import milvus, postgres
from tests.support.hashing_encoder import HashingEncoder

FILLER = "Nobody who lives nearby remembers much more of it than that, and few ask. " * 9

TEXTS = {
    "harbour.md": f"# Genoa\n\n## Harbour\n\nRomans built the harbour. {FILLER}\n\nIt has walls.",
    "whales.txt": f"Whales breathe air. {FILLER}\n\nThey sing in the harbour. {FILLER}",
    "copy.txt": "Whales breathe air in the harbour of Genoa.",
    "again.txt": "Whales breathe air in the harbour of Genoa.",
}

ENCODER = HashingEncoder()


def local(folder: Path) -> Collection:
    build([folder], folder / ".qa", encoder=ENCODER)
    return StoredIndex(folder / ".qa")


def on_postgres(folder: Path) -> Collection:
    """With the folder that stands for the address beside the files."""
    if postgres.MISSING:
        pytest.skip(f"{postgres.MISSING} is not installed")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("QA_DATA", str(folder.parent / "data"))
        address = postgres.server().new_database("contract")
        place = folder_of(f"{address}?root={folder}")
        build([folder], place, encoder=ENCODER)
        return open_index(place)


def on_milvus(folder: Path) -> Collection:
    """With the folder that stands for the address beside the files."""
    if milvus.MISSING:
        pytest.skip(f"{milvus.MISSING} is not installed")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("QA_DATA", str(folder.parent / "data"))
        place = folder_of(milvus.server().new_index("contract", root=str(folder)))
        build([folder], place, encoder=ENCODER)
        return open_index(place)


ENGINES: dict[str, Callable[[Path], Collection]] = {
    "local": local,
    "postgres": on_postgres,
    "milvus": on_milvus,
}
"""Each function makes a collection from the files in a folder."""


@pytest.fixture(scope="module", params=ENGINES)
def collection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Collection:
    folder = tmp_path_factory.mktemp(request.param)
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return ENGINES[request.param](folder)


QUESTION = "Which whales breathe in the harbour of Genoa?"


def terms_of(collection: Collection) -> tuple[str, ...]:
    return collection.analyzer.analyze_question(QUESTION).terms


def all_candidates(collection: Collection, **how: object) -> CandidateBlock:
    terms = terms_of(collection)
    return collection.candidates(
        terms,
        ENCODER.encode_question(QUESTION),
        depth=collection.passage_count,
        held=tuple(dict.fromkeys(terms)),
        **how,  # type: ignore[arg-type]
    )


def own_terms(collection: Collection, row: int) -> list[str]:
    passage = collection.passage(row)
    return collection.analyzer.analyze(passage.text, passage.document.language)


def all_terms(collection: Collection, row: int) -> list[str]:
    """The terms of a row, including those of title, headings and the file's name."""
    passage = collection.passage(row)
    context = context_of(passage.document.title, passage.heading_path)
    analyze, language = collection.analyzer.analyze, passage.document.language
    above = analyze(context, language)
    named = analyze(PurePosixPath(passage.document.path).stem, language)
    return [
        *dict.fromkeys(term for term in named if term not in above),
        *above,
        *own_terms(collection, row),
    ]


class TestPassages:
    def test_rows_are_in_the_order_of_documents_and_places(self, collection: Collection) -> None:
        rows = np.arange(collection.passage_count)
        places = collection.places(rows)
        assert places == sorted(places)
        paths = [document.path for document in collection.documents()]
        assert paths == sorted(paths)
        for row, place in zip(rows.tolist(), places, strict=True):
            passage = collection.passage(row)
            assert (passage.start, passage.end) == (place.start, place.end)
            assert passage.document == collection.document(place.document)

    def test_every_quote_is_a_slice_of_its_document(self, collection: Collection) -> None:
        for row in range(collection.passage_count):
            passage = collection.passage(row)
            text = collection.text_of(passage.document)
            assert passage.text == text[passage.start : passage.end]
            assert passage.sentences[0].start == passage.start
            assert passage.sentences[-1].end == passage.end

    def test_passages_are_found_by_their_citation(self, collection: Collection) -> None:
        ids = [collection.passage(row).id for row in range(collection.passage_count)]
        assert [collection.row_of(each) for each in ids] == list(range(len(ids)))
        assert collection.row_of("0" * 16) is None
        assert collection.row_of("no citation") is None

    def test_equal_texts_are_duplicates(self, collection: Collection) -> None:
        texts = [collection.passage(row).text for row in range(collection.passage_count)]
        keys = list(collection.text_keys(np.arange(len(texts))))
        for row, text in enumerate(texts):
            others = [other for other, same in enumerate(texts) if same == text and other != row]
            assert collection.duplicates_of(row) == others
            assert [other for other, key in enumerate(keys) if key == keys[row]] == sorted(
                [row, *others]
            )
        assert any(map(collection.duplicates_of, range(len(texts))))

    def test_what_was_fetched_before_is_the_same(self, collection: Collection) -> None:
        rows = np.arange(collection.passage_count)
        before = [(collection.passage(row), collection.duplicates_of(row)) for row in rows.tolist()]
        collection.prefetch(rows)
        collection.prefetch(rows[:0])
        after = [(collection.passage(row), collection.duplicates_of(row)) for row in rows.tolist()]
        assert before == after


class TestStatistics:
    def test_frequencies_count_passages(self, collection: Collection) -> None:
        found = collection.statistics(("whale", "air", "xylophon"), None)
        held = [all_terms(collection, row) for row in range(collection.passage_count)]
        assert dict(found.frequencies) == {
            term: sum(term in each for each in held) for term in ("whale", "air", "xylophon")
        }
        assert found.passages == len(held)
        assert found.idf("air") == lucene_idf(found.frequencies["air"], len(held))
        assert not found.holds("xylophon")
        assert found.passage_similarity is None
        assert found.sentence_similarity is None

    def test_similarities_are_those_of_all_vectors(self, collection: Collection) -> None:
        vector = ENCODER.encode_question(QUESTION)
        found = collection.statistics((), vector)
        block = all_candidates(collection)
        assert block.vectors is not None
        similarities = block.vectors @ vector
        assert found.passage_similarity is not None
        assert found.passage_similarity.vectors == len(similarities)
        assert found.passage_similarity.distribution.mean == pytest.approx(
            similarities.mean(), abs=1e-6
        )
        assert found.passage_similarity.distribution.deviation == pytest.approx(
            similarities.std(), abs=1e-6
        )
        assert found.sentence_similarity is not None
        assert found.sentence_similarity.vectors == block.sentence_counts.sum()


class TestVocabulary:
    def test_it_has_the_words_as_they_are_written_and_those_of_files(
        self, collection: Collection
    ) -> None:
        vocabulary = collection.vocabulary
        written = {word for text in TEXTS.values() for word in written_words(text, "en")}
        assert len(vocabulary) == len(written | {"harbour", "whales", "copy", "again"})
        assert all(word in vocabulary for word in written)
        assert "again" in vocabulary
        assert "harbor" not in vocabulary


class TestCandidates:
    def test_rows_ascend_and_are_the_best_of_each_list(self, collection: Collection) -> None:
        every = all_candidates(collection)
        assert every.rows.tolist() == list(range(collection.passage_count))
        vector = ENCODER.encode_question(QUESTION)
        assert every.vectors is not None
        assert every.bm25 is not None
        by_words = np.argsort(-every.bm25, kind="stable")[:2]
        by_vector = np.argsort(-(every.vectors @ vector), kind="stable")[:2]
        few = collection.candidates(terms_of(collection), vector, depth=2)
        assert few.rows.tolist() == sorted({*by_words.tolist(), *by_vector.tolist()})
        words = collection.candidates(terms_of(collection), None, depth=2)
        assert words.rows.tolist() == sorted(by_words.tolist())
        assert words.vectors is None
        assert words.sentence_codes is None
        assert words.sentence_scales is None
        vectors = collection.candidates(None, vector, depth=2)
        assert vectors.rows.tolist() == sorted(by_vector.tolist())
        assert vectors.bm25 is None

    def test_what_words_do_not_find_is_no_candidate(self, collection: Collection) -> None:
        assert not len(collection.candidates(("xylophon",), None, depth=9))
        assert not len(collection.candidates((), None, depth=9))

    def test_some_rows_alone_may_answer(self, collection: Collection) -> None:
        among = np.array([0, collection.passage_count - 1])
        some, every = all_candidates(collection, among=among), all_candidates(collection)
        assert set(some.rows.tolist()) <= set(among.tolist())
        assert every.bm25 is not None
        assert some.bm25 is not None
        assert some.bm25.tolist() == every.bm25[some.rows].tolist()
        assert not len(all_candidates(collection, among=among[:0]))

    def test_columns_tell_of_sentences_and_terms(self, collection: Collection) -> None:
        block = all_candidates(collection)
        sentence = term = 0
        for place, row in enumerate(block.rows.tolist()):
            passage = collection.passage(row)
            count, length = int(block.sentence_counts[place]), int(block.lengths[place])
            context = int(block.context_lengths[place])
            assert count == len(passage.sentences)
            own = [term_hash(each) for each in own_terms(collection, row)]
            assert block.term_hashes[term + context : term + length].tolist() == own
            lengths = block.sentence_lengths[sentence : sentence + count]
            assert lengths.sum() == length - context
            sentence, term = sentence + count, term + length
        assert (sentence, term) == (len(block.sentence_lengths), len(block.term_hashes))
        assert block.sentence_codes is not None
        assert len(block.sentence_codes) == sentence

    def test_headings_at_the_beginning_are_counted(self, collection: Collection) -> None:
        block = all_candidates(collection)
        paths = [collection.document(number).path for number in block.documents.tolist()]
        first = next(n for n, path in enumerate(paths) if path.endswith("harbour.md"))
        passage = collection.passage(first)
        leading = passage.sentences[: int(block.heading_sentences[first])]
        assert [passage.text[a - passage.start : b - passage.start] for a, b in leading] in (
            ["## Harbour"],
            ["# Genoa", "## Harbour"],
        )
        assert not block.heading_sentences[[not p.endswith(".md") for p in paths]].any()

    def test_held_terms_are_those_of_the_passage_and_of_its_neighbours(
        self, collection: Collection
    ) -> None:
        block = all_candidates(collection)
        documents = block.documents.tolist()
        assert set(block.held.terms) <= set(terms_of(collection))
        for column, term in enumerate(block.held.terms):
            hash_ = term_hash(term)
            starts = np.cumsum(block.lengths) - block.lengths
            own = [
                hash_ in block.term_hashes[start : start + length]
                for start, length in zip(starts.tolist(), block.lengths.tolist(), strict=True)
            ]
            assert block.held.own[:, column].tolist() == own
            adjacent = [
                any(
                    own[other]
                    for other in (place - 1, place + 1)
                    if 0 <= other < len(own) and documents[other] == documents[place]
                )
                for place in range(len(own))
            ]
            assert block.held.adjacent[:, column].tolist() == adjacent

    def test_a_part_of_a_block_is_the_block_of_that_part(self, collection: Collection) -> None:
        block = all_candidates(collection)
        order = np.arange(len(block))[::-2]
        again = block.take(order).take(np.argsort(block.rows[order]))
        alone = all_candidates(collection, among=np.sort(block.rows[order]))
        for name in (
            "rows",
            "documents",
            "kinds",
            "vectors",
            "sentence_counts",
            "sentence_codes",
            "sentence_scales",
            "sentence_lengths",
            "heading_sentences",
            "lengths",
            "context_lengths",
            "term_hashes",
        ):
            np.testing.assert_array_equal(getattr(again, name), getattr(alone, name), name)
        np.testing.assert_array_equal(again.held.own, alone.held.own)
        np.testing.assert_array_equal(again.held.adjacent, alone.held.adjacent)


class OnlyTheProtocol:
    """A collection without whatever else its engine has."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or not hasattr(Collection, name):
            raise AttributeError(f"{name} is not part of the protocol")
        return getattr(self._collection, name)


class TestAnswerer:
    """Questions are answered by what the protocol gives."""

    @pytest.fixture
    def answerer(self, collection: Collection) -> Answerer:
        return Answerer(cast(Collection, OnlyTheProtocol(collection)), lambda: ENCODER)

    def test_no_more_than_the_protocol_is_given(self, answerer: Answerer) -> None:
        with pytest.raises(AttributeError, match="manifest is not part of the protocol"):
            answerer.index.manifest  # type: ignore[attr-defined]  # noqa: B018

    @pytest.mark.parametrize("mode", ["hybrid", "bm25", "dense"])
    def test_every_quote_is_verified(self, answerer: Answerer, mode: str) -> None:
        answer = answerer.ask(QUESTION, mode=mode, min_confidence=Confidence.LOW)
        assert answer.answered
        assert answer.index.model == ENCODER.description.name
        [twice] = [each for each in answer.citations if each.quote == TEXTS["copy.txt"]]
        assert len(twice.also_in) == 1
        for citation in answer.citations:
            assert citation.verify().verified
            assert not citation.source.stale
            around = answerer.surroundings(citation.id, sentences=2)
            text = answerer.index.text_of(answerer.index.passage(0).document)
            if citation.source.path == answerer.index.document(0).path:
                assert around.before + citation.quote + around.after in text

    def test_files_are_filtered(self, answerer: Answerer) -> None:
        answer = answerer.ask(QUESTION, filter="*.md", min_confidence=Confidence.LOW)
        assert {Path(each.source.path).name for each in answer.citations} == {"harbour.md"}

    def test_nothing_found(self, answerer: Answerer) -> None:
        assert answerer.ask("Xylophon?", mode="bm25").reason is Reason.NO_MATCH

    def test_it_tells_its_size(self, answerer: Answerer) -> None:
        assert f"{answerer.index.counts.documents} documents" in repr(answerer)
        paths, rows = answerer.index.paths_and_rows
        assert list(paths) == [document.path for document in answerer.index.documents()]
        assert rows.tolist() == [list(each.passages) for each in answerer.index.documents()]
