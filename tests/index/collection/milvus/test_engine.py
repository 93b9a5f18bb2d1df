"""The engine on Milvus beside the embedded one, over a server of Milvus Lite."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_index.building.build import build
from qa_index.building.copying import copy_index
from qa_index.collection.engines import engine_of, folder_of, has_index, open_index
from qa_index.collection.local.stored import StoredIndex
from qa_index.errors import (
    IndexDamaged,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexProblem,
)
from tests.support import milvus
from tests.support.hashing_encoder import HashingEncoder
from tests.support.twins import ENCODER, QUESTIONS, Twins, assert_same, text

if milvus.MISSING:
    pytest.skip(f"{milvus.MISSING} is not installed", allow_module_level=True)

from qa_index.collection.milvus import candidates, cleaning, connections, fetching, writer
from qa_index.collection.milvus import engine as engines
from qa_index.collection.milvus import state as states
from qa_index.collection.milvus.candidates import nearest
from qa_index.collection.milvus.connections import Server
from qa_index.collection.milvus.layout import Names
from qa_index.collection.milvus.stored import MilvusIndex
from qa_index.collection.served import index as served

NAMES = Names("engine")
WIDE = HashingEncoder(dimension=48)


@pytest.fixture
def twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Twins:
    monkeypatch.setenv("QA_DATA", str(tmp_path / "data"))
    twins = Twins(tmp_path, milvus.server().new_index("engine"))
    for number in range(6):
        twins.write(f"{number}.txt", text(number))
    return twins


@pytest.fixture
def cleans_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a generation lost is removed by the next update, however soon that is."""
    monkeypatch.setattr(cleaning, "REPLACED_SECONDS", 0.0)


@pytest.fixture
def client() -> Iterator[Any]:
    found = milvus.server().client()
    yield found
    found.close()


def count(client: Any, collection: str) -> int:
    [found] = client.query(collection, filter="", output_fields=["count(*)"])
    return int(found["count(*)"])


def passages_of(index: object) -> str:
    assert isinstance(index, MilvusIndex)
    return index.passages


class TestUpdates:
    def test_an_updated_index_is_that_of_the_files_as_they_are(
        self, twins: Twins, client: Any, cleans_at_once: None
    ) -> None:
        assert_same(*twins.build())
        twins.write("1.txt", text(100))
        twins.write("2a.txt", text(101) + "\n\n" + text(3))
        (twins.files / "4.txt").unlink()
        before = open_index(twins.place)
        asked = before.analyzer.analyze_question(QUESTIONS[0]).terms
        rows = before.candidates(asked, None, depth=5).rows.tolist()
        one, other = twins.build()
        assert_same(one, other)
        assert other.manifest.generation == 2
        # Whoever began with the generation before ends with it.
        assert before.candidates(asked, None, depth=5).rows.tolist() == rows
        for number in range(2):
            (twins.files / f"{number}.txt").unlink()
            one, other = twins.build()
            assert_same(one, other)
            other.check()
        # What is no more in any generation that is kept was removed, but for that of the last one.
        found = open_index(twins.place).engine
        assert found is not None
        assert found["oldest_generation"] == 3
        twins.write("5.txt", text(5) + "\n\nA last sentence.")
        twins.build()
        [dead] = [found["dead_passages"]]
        assert dead < 2 * one.passage_count

    def test_a_generation_that_was_removed_says_so(
        self, twins: Twins, cleans_at_once: None
    ) -> None:
        twins.build()
        old = open_index(twins.place)
        for number in range(2):
            twins.write("5.txt", text(200 + number))
            twins.build()
        for _ in range(2):
            with pytest.raises(IndexProblem, match=r"generation 1 .* was replaced .*ask again"):
                old.candidates(("harbour",), None, depth=5)
            # Also when its rows are gone.
            twins.write("5.txt", text(205))
            twins.build()
        with pytest.raises(IndexProblem, match=r"generation 1 .* was replaced .*ask again"):
            old.passage(old.passage_count - 1)

    def test_vectors_are_computed_once(self, twins: Twins) -> None:
        twins.build()
        twins.write("7.txt", text(3))
        report = build([twins.files], twins.place, encoder=ENCODER)
        assert (report.encoded, len(report.added)) == (0, 1)

    def test_many_small_updates_are_merged(
        self, twins: Twins, client: Any, cleans_at_once: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "SEGMENTS", 3)
        monkeypatch.setattr(writer, "PAGE", 4)
        twins.build()
        for number in range(5):
            twins.write(f"x{number}.txt", text(300 + number, 3))
            build([twins.files], twins.place, encoder=ENCODER)
        one, other = twins.build()
        assert_same(one, other)
        other.check()
        assert isinstance(other, MilvusIndex)
        assert len(other.root_record.segments) <= 4
        assert count(client, NAMES.terms) < 5 * len([*other.postings_by_term()])

    def test_an_index_built_anew_leaves_nothing_of_the_one_before(
        self, twins: Twins, client: Any, cleans_at_once: None
    ) -> None:
        sizes = []
        for _ in range(4):
            build([twins.files], twins.place, encoder=ENCODER, full=True)
            index = open_index(twins.place)
            sizes.append(count(client, passages_of(index)) // index.passage_count)
        # The last generation but one is kept, and the one before until the next update.
        assert sizes == [1, 2, 3, 3]

    def test_another_model_has_passages_of_its_own(
        self, twins: Twins, client: Any, cleans_at_once: None
    ) -> None:
        build([twins.files], twins.place, encoder=ENCODER)
        first = passages_of(open_index(twins.place))
        for _ in range(3):
            build([twins.files], twins.place, encoder=WIDE, full=True)
        index = open_index(twins.place)
        index.check()
        assert index.model.dimension == 48
        assert first not in client.list_collections()
        assert passages_of(index) in client.list_collections()

    def test_what_does_not_fit_into_a_field_lies_elsewhere(
        self, twins: Twins, client: Any, cleans_at_once: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "MOST_TEXT", 500)
        one, other = twins.build()
        assert_same(one, other)
        other.check()
        stored_whole = count(client, NAMES.data)
        monkeypatch.undo()
        monkeypatch.setenv("QA_DATA", str(twins.folder / "data"))
        monkeypatch.setattr(cleaning, "REPLACED_SECONDS", 0.0)
        for _ in range(4):
            build([twins.files], twins.place, encoder=ENCODER, full=True)
        blobs = open_index(twins.place).counts.documents * 2 + 6
        assert stored_whole > 2 * blobs
        assert count(client, NAMES.data) <= 3 * blobs

    def test_what_is_sent_together_is_bounded_in_bytes(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "BYTES", 4_000)
        sent: list[list[int]] = []
        insert = Server.insert

        def seen(server: Server, collection: str, rows: list[dict[str, Any]]) -> None:
            if "_passages_" in collection:
                sent.append([writer._size(row) for row in rows])
            insert(server, collection, rows)

        monkeypatch.setattr(Server, "insert", seen)
        assert_same(*twins.build())
        assert len(sent) > 2
        assert all(sum(sizes[:-1]) < 4_000 for sizes in sent)

    def test_passages_without_words_are_kept(self, twins: Twins) -> None:
        twins.write("odd.txt", "?!")
        twins.write("empty.md", "# \n")
        one, other = twins.build()
        assert_same(one, other)


def requests_of(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Every later request that reads: what is read, of what, and how consistent it is."""
    asked: list[tuple[str, str, str]] = []
    query, search = Server.query, Server.search

    def queried(server: Server, collection: str, where: str, fields: Any, **more: Any) -> Any:
        kind = collection.removeprefix("engine_").partition("_")[0]
        asked.append((kind, " ".join(fields), more.get("consistency", "Strong")))
        return query(server, collection, where, fields, **more)

    def searched(server: Server, collection: str, field: str, vector: Any, **more: Any) -> Any:
        asked.append(("search", field, more["consistency"]))
        return search(server, collection, field, vector, **more)

    monkeypatch.setattr(Server, "query", queried)
    monkeypatch.setattr(Server, "search", searched)
    return asked


def searches_of(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Every later search by vectors: how many are asked for, and how many are kept in view."""
    asked: list[tuple[int, int]] = []
    search = Server.search

    def searched(server: Server, collection: str, field: str, vector: Any, **more: Any) -> Any:
        if field == "v":
            asked.append((more["limit"], more["parameters"]["ef"]))
        return search(server, collection, field, vector, **more)

    monkeypatch.setattr(Server, "search", searched)
    return asked


class TestRequests:
    """A request to a cluster may wait for all of its nodes, up to 0.2 s, so they are counted."""

    SEARCHES = (("search", "words"), ("search", "v"))

    def test_a_question_fetches_each_kind_of_row_once(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = twins.build()[1]
        terms = index.analyzer.analyze_question(QUESTIONS[1]).terms
        vector = ENCODER.encode_question(QUESTIONS[1])
        asked = requests_of(monkeypatch)
        index.candidates(terms, vector, depth=3, held=terms)
        assert [each[:2] for each in asked] == [
            ("terms", "id term passages"),
            *self.SEARCHES,
            ("passages", "id terms"),
            ("passages", "id citation payload v"),
            ("state", "id body"),
        ]
        asked.clear()
        index.candidates(terms, vector, depth=3, held=terms)
        assert [each[:2] for each in asked] == [*self.SEARCHES, ("state", "id body")]

    def test_what_citing_takes_is_fetched_together(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(3):
            twins.write(f"same{number}.txt", "Whales breathe air in the harbour of Genoa.")
        here, index = twins.build()
        rows = np.arange(0, index.passage_count, 2)
        asked = requests_of(monkeypatch)
        index.prefetch(rows)
        assert [each[:2] for each in asked] == [
            ("data", "id body"),  # documents
            ("passages", "id citation payload v terms"),
            ("passages", "id text_key"),  # with the same text
            ("passages", "id citation payload v terms"),  # those of them that were not known
        ]
        asked.clear()
        for row in rows.tolist():
            assert index.duplicates_of(row) == here.duplicates_of(row)
            assert index.passage(row).document.path == here.passage(row).document.path
        index.prefetch(rows)
        assert not asked

    def test_all_duplicates_of_a_passage_are_fetched_together(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(20):
            twins.write(f"same{number:02}.txt", "Whales breathe air in the harbour of Genoa.")
        here, index = twins.build()
        row = here.passage_count - 1
        asked = requests_of(monkeypatch)
        found = index.duplicates_of(row)
        assert len(found) == 19
        assert found == here.duplicates_of(row)
        assert len(asked) == 3  # the passage, those with its text, and their texts

    def test_texts_with_the_same_key_are_told_apart(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(3):
            twins.write(f"same{number}.txt", "Whales breathe air in the harbour of Genoa.")
        here, index = twins.build()
        rows = np.arange(here.passage_count)
        numbers = index.numbering.passages_of(rows).tolist()  # type: ignore[attr-defined]
        monkeypatch.setattr(index, "passages_where", lambda *_: numbers)
        index.prefetch(rows[::2])
        for row in rows.tolist():
            assert index.duplicates_of(row) == here.duplicates_of(row)

    def test_lists_of_duplicates_that_are_kept_are_bounded(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(6):
            twins.write(f"same{number}.txt", "Whales breathe air in the harbour of Genoa.")
        here, index = twins.build()
        assert isinstance(index, MilvusIndex)
        rows = np.array([*here.duplicates_of(here.passage_count - 1)])
        assert len(rows) == 5
        for most, kept in ((10, 2), (4, 0), (25, 5)):
            monkeypatch.setattr(served, "RECENT_DUPLICATES", most)
            for _ in range(2):
                index.prefetch(rows)
                assert len(index._duplicates) == kept
                assert index._duplicates_held == 5 * kept
        row = int(rows[0])
        index.duplicates_of(row).clear()  # it is the caller's own
        assert index.duplicates_of(row) == here.duplicates_of(row)

    def test_terms_are_not_fetched_to_be_dropped(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, index = twins.build()
        terms = here.analyzer.analyze_question(QUESTIONS[1]).terms
        fetched: list[int] = []
        query = Server.query

        def queried(server: Server, collection: str, where: str, fields: Any, **more: Any) -> Any:
            found = query(server, collection, where, fields, **more)
            if "terms" in fields:
                fetched.append(len(found))
            return found

        monkeypatch.setattr(Server, "query", queried)
        monkeypatch.setattr(fetching, "RECENT_TERMS", 5)
        sums = []
        for most in (5, 1000):
            monkeypatch.setattr(candidates, "RECENT_TERMS", most)
            fetched.clear()
            found = [each.candidates(terms, None, depth=5, held=terms) for each in (here, index)]
            assert found[0].rows.tolist() == found[1].rows.tolist()
            sums.append(sum(fetched))
        assert sums[0] < sums[1]

    def test_the_usual_length_is_not_that_of_the_first_document(self, twins: Twins) -> None:
        """With it, the server would be asked for many more passages than are wanted."""
        twins.write("0.txt", "A lamp.")
        build([twins.files], twins.folder / ".qa", encoder=ENCODER)
        copy_index(StoredIndex(twins.folder / ".qa"), engine_of(twins.place))
        index = open_index(twins.place)
        assert isinstance(index, MilvusIndex)
        average = index.manifest.statistics["average_length"]
        assert index.root_record.average == pytest.approx(average)

    def test_opening_waits_for_all_nodes_only_after_a_commit(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        twins.build()
        asked = requests_of(monkeypatch)
        now = time.time()
        for seconds, others in ((0, "Strong"), (59, "Strong"), (71, "Bounded")):
            monkeypatch.setattr(time, "time", lambda later=now + seconds: later)
            asked.clear()
            index = open_index(twins.place)
            index.candidates(("harbour",), ENCODER.encode_question("x"), depth=5)
            # Which generation is the live one is asked of all nodes, always.
            assert asked[0] == ("state", "id body", "Strong")
            assert {consistency for *_, consistency in asked[1:]} == {others}

    def test_a_state_from_before_the_commit_does_not_mean_that_it_is_gone(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = twins.build()[1]
        assert isinstance(index, MilvusIndex)
        query = Server.query

        def late(server: Server, *some: Any, consistency: str = "Strong") -> Any:
            found = query(server, *some, consistency=consistency)
            return found if consistency == "Strong" else []

        monkeypatch.setattr(Server, "query", late)
        monkeypatch.setattr(time, "monotonic", lambda: float("inf"))
        index.check_horizon()

    @pytest.mark.parametrize("lacking", [1, 1000])
    def test_what_a_read_that_is_too_old_lacks_is_read_once_more(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch, lacking: int
    ) -> None:
        twins.write("same.txt", text(3))
        here = twins.build()[0]
        query = Server.query
        missed: set[str] = set()

        def late(
            server: Server, collection: str, *some: Any, consistency: str = "Strong"
        ) -> list[dict[str, Any]]:
            found = query(server, collection, *some, consistency=consistency)
            if consistency == "Strong":
                return found
            if found:
                missed.add(collection)
            return sorted(found, key=lambda row: str(row["id"]))[lacking:]

        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 71)
        monkeypatch.setattr(Server, "query", late)
        index = open_index(twins.place)
        assert isinstance(index, MilvusIndex)
        assert NAMES.data in missed  # the root, which is one row
        vector = ENCODER.encode_question(QUESTIONS[1])
        terms = here.analyzer.analyze_question(QUESTIONS[1]).terms
        asked = ("xylophon", *terms)
        assert index.statistics(asked, None).frequencies == here.statistics(asked, None).frequencies
        found = [each.candidates(terms, vector, depth=5, held=terms) for each in (here, index)]
        assert found[0].rows.tolist() == found[1].rows.tolist()
        for row in range(here.passage_count):
            told = here.passage(row)
            assert index.row_of(told.id) == row
            assert (index.passage(row).id, index.passage(row).text) == (told.id, told.text)
        index.check_horizon()
        assert missed == {NAMES.data, NAMES.terms, NAMES.state, passages_of(index)}

    def test_what_was_counted_of_late_is_not_counted_again(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also a word that no passage holds, and one that is asked for again and again."""
        monkeypatch.setattr(fetching, "RECENT_TERMS", 2)
        here, index = twins.build()
        asked = requests_of(monkeypatch)
        for terms, requests in (
            (("harbour", "xylophon"), 1),
            (("xylophon", "harbour"), 1),
            (("lamp",), 2),
            (("harbour",), 2),
            (("captain",), 3),
            (("harbour",), 3),
            (("xylophon",), 4),
        ):
            counts = index.statistics(terms, None).frequencies
            assert counts == here.statistics(terms, None).frequencies
            assert [kind for kind, *_ in asked] == ["terms"] * requests


class TestSearch:
    def test_passages_are_found_whatever_the_lengths_were_before(self, twins: Twins) -> None:
        """Stored weights reckon with the usual length of the first passages."""
        build([twins.files], twins.place, encoder=ENCODER)
        for number in range(6):
            twins.write(f"long{number}.txt", text(600 + number, 80).replace(".\n\n", " and "))
        for number in range(5):
            (twins.files / f"{number}.txt").unlink()
        one, other = twins.build()
        assert isinstance(other, MilvusIndex)
        assert other.manifest.statistics["average_length"] != other.root_record.average
        assert_same(one, other)

    def test_a_part_may_be_too_large_to_be_named(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(candidates, "EXACT_AMONG", 0)
        monkeypatch.setattr(candidates, "FEW_RUNS", 2)
        monkeypatch.setattr(candidates, "MOST_LISTED", 5)
        assert_same(*twins.build())

    def test_no_more_is_asked_for_than_the_graph_keeps_in_view(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = twins.build()[1]
        for name, value in (
            ("EXACT_AMONG", 0),
            ("FEW_RUNS", 0),
            ("MOST_LISTED", 1),
            ("EF_SEARCH", 4),
            ("MOST_IN_VIEW", 4),
        ):
            monkeypatch.setattr(candidates, name, value)
        asked = searches_of(monkeypatch)
        among = np.array([0, index.passage_count - 1])
        block = index.candidates(None, ENCODER.encode_question("lamp"), depth=2, among=among)
        assert block.rows.tolist() == among.tolist()
        assert any(limit > 4 for limit, _ in asked)
        assert all(limit <= view for limit, view in asked)

    def test_more_is_kept_in_view_in_a_large_index(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = twins.build()[1]
        asked = searches_of(monkeypatch)
        for large in (index.passage_count, index.passage_count - 1):
            monkeypatch.setattr(candidates, "LARGE", large)
            index.candidates(None, ENCODER.encode_question("lamp"), depth=2)
        assert [view for _, view in asked] == [400, 1000]

    def test_more_is_kept_in_view_the_fewer_a_filter_leaves(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = twins.build()[1]
        monkeypatch.setattr(candidates, "EXACT_AMONG", 0)
        monkeypatch.setattr(candidates, "MOST_IN_VIEW", 4001)
        asked = searches_of(monkeypatch)
        vector = ENCODER.encode_question("lamp")
        count = index.passage_count
        left = [count, count // 2, count // 4, count // 12]
        for size in left:
            index.candidates(None, vector, depth=1, among=np.arange(size))
        assert [view for _, view in asked] == [
            *(int(400 / (size / count)) for size in left[:3]),
            4001,
        ]

    @pytest.mark.parametrize("size", [1, 4, 9])
    def test_few_that_a_filter_leaves_are_all_compared(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch, size: int
    ) -> None:
        for number in range(4):
            twins.write(f"same{number}.txt", "Whales breathe air in the harbour of Genoa.")
        here, index = twins.build()
        among = np.arange(here.passage_count - size, here.passage_count)
        monkeypatch.setattr(candidates, "EXACT_AMONG", size)
        asked = requests_of(monkeypatch)
        for depth in (1, 3, 9):
            for question in ("lamp", "Whales breathe air in the harbour of Genoa."):
                vector = ENCODER.encode_question(question)
                found = [
                    each.candidates(None, vector, depth=depth, among=among)
                    for each in (here, index)
                ]
                assert found[0].rows.tolist() == found[1].rows.tolist()
        assert ("passages", "id v", "Strong") in asked
        assert "search" not in {kind for kind, *_ in asked}

    def test_ties_beyond_what_was_asked_for_are_looked_for(self, twins: Twins) -> None:
        for number in range(40):
            twins.write(f"same{number:02}.txt", "Whales breathe air in the harbour of Genoa.")
        one, other = twins.build()
        vector = ENCODER.encode_question("Whales breathe air in the harbour of Genoa.")
        for terms, by in ((("whale",), None), (None, vector)):
            here, there = (
                each.candidates(terms, by, depth=3).rows.tolist() for each in (one, other)
            )
            assert here == there
            assert len(here) == 3

    def test_nearest_are_those_of_a_comparison_with_all(self, twins: Twins) -> None:
        index = twins.build()[1]
        assert isinstance(index, MilvusIndex)
        everything = index.encoded(np.arange(index.passage_count)).passages
        for number in range(20):
            vector = ENCODER.encode_question(f"w{number} harbour lamp")
            best = np.argsort(-(everything @ vector), kind="stable")[:9]
            found = nearest(index, vector, 9)
            np.testing.assert_allclose(
                np.sort(everything[found] @ vector), np.sort(everything[best] @ vector), atol=1e-6
            )

    def test_finding_nothing_where_there_is_something_is_an_error(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = twins.build()[1]
        monkeypatch.setattr(Server, "search", lambda *_, **__: [])
        with pytest.raises(IndexProblem, match="finds nothing by words where at least"):
            index.candidates(("harbour",), None, depth=5)
        with pytest.raises(IndexProblem, match="finds nothing by vectors where at least 5"):
            index.candidates(None, ENCODER.encode_question("x"), depth=5)
        # Words that no passage holds are looked up, and not searched for.
        assert not len(index.candidates(("xylophon",), None, depth=5))

    def test_a_settled_index_does_not_wait_for_all_nodes(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = twins.build()[1]
        asked = requests_of(monkeypatch)
        vector = ENCODER.encode_question("x")
        index.candidates(("harbour",), vector, depth=5)
        assert {consistency for *_, consistency in asked} == {"Strong"}
        asked.clear()
        monkeypatch.setattr(time, "monotonic", lambda: float("inf"))
        index.candidates(("lamp",), vector, depth=5)
        assert {consistency for *_, consistency in asked} == {"Bounded"}


class TestWriters:
    def test_one_writes_and_the_other_is_told(self, twins: Twins) -> None:
        twins.build()
        engine = engine_of(twins.place)
        # A program on another machine has another folder, and so another lock of files.
        elsewhere = folder_of(str(engine.name) + "&connect_timeout=9")
        with engine.writing():
            with pytest.raises(IndexLocked, match=rf"process {os.getpid()} on"):
                build([twins.files], elsewhere, encoder=ENCODER)
            state = open_index(twins.place).engine
            assert state is not None
            assert state["writer"].startswith(f"process {os.getpid()} on")
        assert build([twins.files], elsewhere, encoder=ENCODER).idle

    def test_a_writer_that_another_one_replaced_cannot_commit(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        twins.build()
        twins.write("1.txt", text(400))
        elsewhere = folder_of(f"{engine_of(twins.place).name}&connect_timeout=9")

        class Meanwhile(HashingEncoder):
            def encode_passages(self, passages):  # type: ignore[no-untyped-def]
                with monkeypatch.context() as patched:
                    patched.setattr(states, "LEASE_SECONDS", 0.0)
                    build([twins.files], elsewhere, encoder=ENCODER)
                return super().encode_passages(passages)

        with pytest.raises(IndexLocked, match="was written by another program meanwhile"):
            build([twins.files], twins.place, encoder=Meanwhile())
        assert open_index(twins.place).generation == 2
        one, other = twins.build()
        assert_same(one, other)
        other.check()

    def test_a_claim_that_was_left_behind_costs_no_row(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch, cleans_at_once: None
    ) -> None:
        """The writer begins anew with a higher number; its rows keep the one before."""
        twins.build()
        twins.write("1.txt", text(400))
        server = Server(engine_of(twins.place).address, writes=True)  # type: ignore[attr-defined]

        class Meanwhile(HashingEncoder):
            def encode_passages(self, passages):  # type: ignore[no-untyped-def]
                fence = states.read_state(server, NAMES).fence + 1
                killed = states.Hold(fence, "killed", None, "elsewhere", "who", 0.0)
                states._add(server, NAMES, killed, "claim", place=killed.place, time=0.0)
                return super().encode_passages(passages)

        assert build([twins.files], twins.place, encoder=Meanwhile()).changed
        for number in range(3):
            one, other = twins.build()
            assert_same(one, other)
            other.check()
            twins.write("2.txt", text(500 + number))
        assert "killed" not in {key[1] for key in states.read_state(server, NAMES).claims}
        server.close()

    def test_a_writer_gives_signs_of_life_and_ends_while_it_cleans(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        twins.build()
        engine = engine_of(twins.place)

        def fail(server: Server, names: Names, writing: states.Writing) -> None:
            deadline = time.monotonic() + 60
            while not states.read_state(server, names).beats.get(writing.hold.key):
                assert time.monotonic() < deadline
            raise IndexProblem("no")

        with monkeypatch.context() as patched:
            patched.setattr(engines, "clean", fail)
            patched.setattr(states, "BEAT_SECONDS", 0.1)
            with pytest.raises(IndexProblem, match="no"), engine.writing():
                pass
        found = open_index(twins.place).engine
        assert found is not None
        assert found["writer"] is None

    def test_nothing_is_removed_while_a_clock_may_be_wrong(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        removed: list[object] = []
        monkeypatch.setattr(cleaning, "_clean_replaced", lambda *given: removed.append(given))
        for number in range(3):
            twins.write("5.txt", text(300 + number))
            twins.build()
        now = time.time()
        for ahead, count in ((60, 0), (71, 1)):  # another machine's clock
            monkeypatch.setattr(
                "qa_index.collection.milvus.cleaning.time.time", lambda ahead=ahead: now + ahead
            )
            with engine_of(twins.place).writing():
                pass
            assert len(removed) == count

    def test_what_a_stopped_writer_sent_is_never_seen(self, twins: Twins, client: Any) -> None:
        index = twins.build()[1]
        one = StoredIndex(twins.folder / ".qa")
        rows = count(client, NAMES.data), count(client, passages_of(index))
        for number in range(3):
            twins.write(f"n{number}.txt", text(500 + number))

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(writer.MilvusWriter, "_subtract_dead", stop)
            for _ in range(2):
                with pytest.raises(KeyboardInterrupt):
                    build([twins.files], twins.place, encoder=ENCODER)
                assert_same(one, open_index(twins.place))
        assert count(client, passages_of(index)) > rows[1]
        with engine_of(twins.place).writing():
            assert (count(client, NAMES.data), count(client, passages_of(index))) == rows
        assert_same(*twins.build())


class TestChecks:
    @pytest.mark.parametrize(
        ("collection", "field", "told"),
        [
            ("data", "body", "fails its checksum|is damaged"),
            ("passages", "payload", "is damaged|fails its checksum"),
            ("passages", "terms", "the terms of a passage are damaged"),
            ("passages", "text_key", "a passage is listed with the text of another"),
            ("terms", "passages", "the counts of its terms are not those of its passages"),
            ("state", "body", "the state at milvus://.* is damaged"),
        ],
    )
    def test_damage_is_found(
        self, twins: Twins, client: Any, collection: str, field: str, told: str
    ) -> None:
        build([twins.files], twins.place, encoder=ENCODER)
        sound = open_index(twins.place)
        sound.check()
        own = passages_of(sound)
        name = own if collection == "passages" else getattr(NAMES, collection)
        for row in client.query(name, filter='id != "x"' if collection == "state" else "id >= 0"):
            whole = client.query(
                name,
                ids=[row["id"]],
                output_fields=[*row, "v", *(["words"] if collection == "passages" else [])],
            )[0]
            value = whole[field]
            changed = value + 1 if isinstance(value, int) else value[:-1]
            client.upsert(name, [{**whole, field: changed}])
            if collection != "data":
                break
        with pytest.raises(IndexDamaged, match=told):
            open_index(twins.place).check()

    @pytest.mark.parametrize("part", ["root", "page"])
    def test_what_is_damaged_can_be_built_anew(
        self, twins: Twins, client: Any, cleans_at_once: None, part: str
    ) -> None:
        for number in range(3):  # so that there is something to be removed
            twins.write("5.txt", text(200 + number))
            twins.build()
        index = open_index(twins.place)
        assert isinstance(index, MilvusIndex)
        ref = index.commit.root if part == "root" else index.root_record.pages[0].ref
        client.delete(NAMES.data, filter=f"id == {ref.start}")
        for _ in range(2):
            with pytest.raises(IndexDamaged, match="qa index --full"):
                build([twins.files], twins.place, encoder=ENCODER)
        build([twins.files], twins.place, encoder=ENCODER, full=True)
        for number in range(2):
            one, other = twins.build()
            assert_same(one, other)
            other.check()
            twins.write("5.txt", text(210 + number))

    @pytest.mark.parametrize("what", ["passages", "counts of terms"])
    def test_missing_rows_are_counted(
        self, twins: Twins, client: Any, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Beside those of other generations, of which there may be more than are missing."""
        twins.build()
        twins.write("1.txt", text(100))
        twins.build()
        index = open_index(twins.place)
        assert isinstance(index, MilvusIndex)
        assert index.engine["dead_passages"] > 3
        if what == "passages":
            collection, runs = index.passages, [*index.table.runs()]
        else:
            collection = NAMES.terms
            runs = [(each.start, each.end) for each in index.root_record.segments]
        start, wanted = runs[0][0], sum(end - start for start, end in runs)
        client.delete(collection, filter=f"id >= {start} && id < {start + 3}")
        told = f"it lacks 3 of its {wanted:,} {what}; "
        monkeypatch.setattr(fetching, "FEW_RUNS", 1)
        with pytest.raises(IndexDamaged, match=told):
            index.check()

    def test_a_missing_passage_is_told_where_all_are_compared(
        self, twins: Twins, client: Any
    ) -> None:
        index = twins.build()[1]
        client.delete(passages_of(index), filter="text_key != 0")
        with pytest.raises(IndexDamaged, match="it lacks a passage"):
            index.candidates(None, ENCODER.encode_question("x"), depth=5, among=np.arange(3))

    def test_another_layout_is_refused(
        self, twins: Twins, client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        twins.build()
        monkeypatch.setattr(states, "VERSION", 2)
        with pytest.raises(IndexIncompatible, match=r"have layout 1, this program reads 2"):
            open_index(twins.place)
        monkeypatch.setattr(states, "VERSION", 0)
        with pytest.raises(IndexIncompatible, match="upgrade grounded-qa"):
            open_index(twins.place)


class TestServers:
    def test_one_that_is_too_old_is_refused(
        self, twins: Twins, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "OLDEST_LITE", (99, 1))
        with pytest.raises(IndexIncompatible, match=r"too old; this program needs 99\.1 or later"):
            open_index(twins.place)

    @pytest.mark.parametrize(
        ("version", "old"),
        [("2.3.5", True), ("v2.3.5-lite", True), ("v2.4.0", False), ("2.6.11-dev", False)],
    )
    def test_versions(self, version: str, old: bool) -> None:
        from qa_index.collection.milvus.address import Address

        address = Address.parse("milvus://db.example/x")
        if old:
            with pytest.raises(
                IndexIncompatible, match=r"is Milvus v?2\.3\.5(-lite)?, which is too old"
            ):
                connections._checked(version, address)
        else:
            assert connections._checked(version, address) == f"Milvus {version}"

    def test_one_that_was_restarted_is_asked_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QA_DATA", str(tmp_path / "data"))
        server = milvus.Server()
        server.start()
        try:
            twins = Twins(tmp_path, server.address("again"))
            twins.write("1.txt", text(1))
            index = twins.build()[1]
            before = index.candidates(("harbour",), None, depth=5).rows.tolist()
            server.kill()
            with pytest.raises(IndexProblem, match=r"cannot reach milvus://127.0.0.1"):
                index.candidates(("lamp",), None, depth=5)
            server.start()
            assert index.candidates(("harbour",), None, depth=5).rows.tolist() == before
            assert index.candidates(("lamp",), None, depth=5).rows.tolist()
            index.check()
        finally:
            server.remove()

    def test_one_that_hangs_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QA_DATA", str(tmp_path / "data"))
        monkeypatch.setattr(connections, "QUESTION_SECONDS", 2)
        server = milvus.Server()
        server.start()
        try:
            twins = Twins(tmp_path, server.address("hangs"))
            twins.write("1.txt", text(1))
            index = twins.build()[1]
            server.signal(signal.SIGSTOP)
            told: list[BaseException] = []

            def ask() -> None:
                try:
                    index.candidates(("lamp",), None, depth=5)
                except IndexProblem as error:
                    told.append(error)

            asking = threading.Thread(target=ask)
            asking.start()
            asking.join(30)
            assert not asking.is_alive()
            assert "took too long" in str(told[0])
            server.signal(signal.SIGCONT)
            assert index.candidates(("lamp",), None, depth=5).rows.tolist()
        finally:
            server.remove()

    def test_there_is_no_index(self, twins: Twins) -> None:
        assert not has_index(twins.place)
        with pytest.raises(IndexMissing, match="no index at milvus://"):
            open_index(twins.place)
        with pytest.raises(IndexMissing, match="no index at milvus://"):
            engine_of(twins.place).manifest()
        assert engine_of(folder_of(milvus.server().address("none"))).root == Path.cwd()
        # A writer that began and made nothing leaves none.
        with engine_of(twins.place).writing():
            pass
        assert not has_index(twins.place)
        with pytest.raises(IndexMissing, match="no index at milvus://"):
            open_index(twins.place)

    def test_a_database_that_is_none_is_told(self) -> None:
        with pytest.raises(IndexProblem, match=r"\?database=nowhere: .*"):
            open_index(folder_of(milvus.server().address("x", database="nowhere")))
