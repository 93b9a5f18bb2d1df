"""The engine on PostgreSQL beside the embedded one, over real servers."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_index.building.build import build
from qa_index.collection.engines import engine_of, folder_of, has_index, open_index
from qa_index.collection.local.stored import StoredIndex
from qa_index.errors import (
    IndexDamaged,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexProblem,
)
from tests.support import postgres
from tests.support.hashing_encoder import HashingEncoder
from tests.support.twins import ENCODER, QUESTIONS, Twins, assert_same, text

pytestmark = pytest.mark.skipif(
    bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed"
)


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    return postgres.server().new_database("engine")


@pytest.fixture
def twins(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Twins:
    monkeypatch.setenv("QA_DATA", str(tmp_path / "data"))
    twins = Twins(tmp_path, address)
    for number in range(6):
        twins.write(f"{number}.txt", text(number))
    return twins


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sound index, in the database ``checks``."""
    folder = tmp_path_factory.mktemp("sound")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("QA_DATA", str(folder / "data"))
        twins = Twins(folder, postgres.server().new_database("checks"))
        twins.write("1.txt", text(1))
        build([twins.files], twins.place, encoder=ENCODER)
        yield twins.place


def rows_of(table: str) -> int:
    """Number of rows of a table of ``twins``."""
    [(count,)] = postgres.server().execute(f"SELECT count(*) FROM qa.{table}", "engine")
    assert isinstance(count, int)
    return count


class TestUpdates:
    def test_an_updated_index_is_that_of_the_files_as_they_are(self, twins: Twins) -> None:
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
        (twins.files / "0.txt").unlink()
        one, other = twins.build()
        assert_same(one, other)
        other.check()
        # What is no more in any generation that is kept was removed.
        [dead] = postgres.server().execute(
            "SELECT count(*) FROM qa.document WHERE died <= 2", "engine"
        )
        assert dead == (0,)

    def test_a_generation_that_was_removed_says_so(self, twins: Twins) -> None:
        twins.build()
        old = open_index(twins.place)
        for number in range(2):
            twins.write("5.txt", text(200 + number))
            twins.build()
        with pytest.raises(IndexProblem, match=r"generation 1 .* was replaced .*ask again"):
            old.candidates(("harbour",), None, depth=5)

    def test_vectors_are_computed_once(self, twins: Twins) -> None:
        twins.build()
        twins.write("7.txt", text(3))
        report = build([twins.files], twins.place, encoder=ENCODER)
        assert (report.encoded, len(report.added)) == (0, 1)

    def test_many_small_updates_are_merged(self, twins: Twins) -> None:
        twins.build()
        for number in range(9):
            twins.write(f"x{number}.txt", text(300 + number, 3))
            build([twins.files], twins.place, encoder=ENCODER)
        assert_same(*twins.build())
        [segments] = postgres.server().execute("SELECT count(*) FROM qa.segment", "engine")
        assert int(str(segments[0])) < 5


class TestRebuilds:
    def test_what_was_before_is_removed(self, twins: Twins) -> None:
        sizes = []
        for _ in range(4):
            build([twins.files], twins.place, encoder=ENCODER, full=True)
            sizes.append(rows_of("posting"))
        # The last generation but one is kept.
        assert sizes[1:] == [2 * sizes[0]] * 3
        twins.write("7.txt", text(700))
        one, other = twins.build()
        assert_same(one, other)
        other.check()
        # One generation of those built anew is left, and the new document.
        assert rows_of("posting") <= 2 * sizes[0]
        assert rows_of("words") == 1

    def test_it_mends_damaged_postings(self, twins: Twins) -> None:
        twins.build()
        postgres.server().execute("UPDATE qa.posting SET block = substr(block, 1, 20)", "engine")
        with pytest.raises(IndexDamaged, match="the postings of 'whale' is cut"):
            open_index(twins.place).candidates(("whale",), None, depth=5)
        build([twins.files], twins.place, encoder=ENCODER, full=True)
        build([twins.files], twins.folder / ".qa", encoder=ENCODER)
        assert_same(StoredIndex(twins.folder / ".qa"), mended := open_index(twins.place))
        mended.check()

    def test_questions_that_began_before_end_with_what_they_began_with(self, twins: Twins) -> None:
        before = twins.build()[1]
        words = before.words()
        for number in range(6):
            (twins.files / f"{number}.txt").unlink()
        twins.write("new.txt", "Nothing of it is left.")
        build([twins.files], twins.place, encoder=ENCODER, full=True)
        assert before.words() == words
        assert open_index(twins.place).words() != words
        assert_same(StoredIndex(twins.folder / ".qa"), before)
        before.check()

    def test_tables_of_the_version_before_are_migrated(self, twins: Twins) -> None:
        twins.build()
        for statement in (
            "ALTER TABLE qa.segment DROP COLUMN died",
            "ALTER TABLE qa.words DROP COLUMN died",
            "ALTER TABLE qa.generation DROP COLUMN words_hash",
            "UPDATE qa.version SET version = 1",
        ):
            postgres.server().execute(statement, "engine")
        with pytest.raises(IndexIncompatible, match="run `qa index` as the owner of the schema"):
            open_index(twins.place)
        one, other = twins.build()
        assert_same(one, other)
        other.check()


class TestSchemas:
    @pytest.mark.parametrize("name", ["user", "order", "public"])
    def test_a_name_may_be_a_word_of_sql(self, twins: Twins, address: str, name: str) -> None:
        place = folder_of(f"{address}?schema={name}&root={twins.folder}")
        build([twins.files], twins.folder / ".qa", encoder=ENCODER)
        build([twins.files], place, encoder=ENCODER)
        assert_same(StoredIndex(twins.folder / ".qa"), open_index(place))

    def test_an_index_in_public_is_that_of_no_other_schema(
        self, twins: Twins, address: str
    ) -> None:
        public = folder_of(f"{address}?schema=public&root={twins.folder}")
        build([twins.files], public, encoder=ENCODER)
        gone = folder_of(f"{address}?schema=gone&root={twins.folder}")
        build([twins.files], gone, encoder=ENCODER)
        assert has_index(gone)
        postgres.server().execute("DROP SCHEMA gone CASCADE", "engine")
        for place in (folder_of(f"{address}?schema=typo"), gone):
            assert not has_index(place)
            with pytest.raises(IndexMissing, match="no index at postgresql://"):
                open_index(place)
            with pytest.raises(IndexMissing, match="no index at postgresql://"):
                engine_of(place).manifest()
        assert engine_of(folder_of(f"{address}?schema=typo")).root == Path.cwd()
        # Nor is it written by way of another one.
        build([twins.files], gone, encoder=ENCODER)
        assert open_index(gone).generation == open_index(public).generation == 1


class TestChecks:
    @pytest.mark.parametrize(
        ("damage", "told"),
        [
            ("UPDATE qa.posting SET block = substr(block, 1, 20)", "is cut"),
            ("UPDATE qa.posting SET block = ''", "its postings are not those"),
            ("DELETE FROM qa.posting WHERE key = (SELECT max(key) FROM qa.posting)", "postings"),
            ("UPDATE qa.posting SET block = set_byte(block, 0, 1 # get_byte(block, 0))", "posting"),
            ("UPDATE qa.words SET block = ''", "its words fail their checksum"),
            ("DELETE FROM qa.words", "its words fail their checksum"),
            ("UPDATE qa.generation SET skipped = '['", "its list of skipped files is damaged"),
            ("UPDATE qa.generation SET passage_sums = ''", "the sums of its vectors are damaged"),
            ("UPDATE qa.generation SET passage_sums = sentence_sums", "the sums of its vectors"),
            ("UPDATE qa.passage SET text_key = text_key + 1", "the text of another"),
            ("UPDATE qa.document SET text = 'x'", "the text of a document fails its checksum"),
            ("UPDATE qa.document SET record = '{'", "the record of a document is damaged"),
        ],
    )
    def test_damage_is_found(self, sound: Path, damage: str, told: str) -> None:
        import psycopg

        open_index(sound).check()
        with psycopg.connect(postgres.server().address("checks"), autocommit=True) as connection:
            tables = ("posting", "words", "generation", "passage", "document")
            for table in tables:
                connection.execute(f"CREATE TABLE {table}_ AS SELECT * FROM qa.{table}")
            try:
                connection.execute(damage)
                with pytest.raises(IndexDamaged, match=told):
                    open_index(sound).check()
            finally:
                for table in tables:
                    connection.execute(f"TRUNCATE qa.{table}")
                    connection.execute(f"INSERT INTO qa.{table} SELECT * FROM {table}_")
                    connection.execute(f"DROP TABLE {table}_")
        open_index(sound).check()


class TestWriters:
    def test_one_writes_and_the_other_is_told(self, twins: Twins) -> None:
        twins.build()
        engine = engine_of(twins.place)
        # A program on another machine has another folder, and so another lock of files.
        elsewhere = folder_of(str(engine.name) + "&application_name=elsewhere")
        with engine.writing(), pytest.raises(IndexLocked, match=rf"process {os.getpid()} on"):
            build([twins.files], elsewhere, encoder=ENCODER)
        assert build([twins.files], elsewhere, encoder=ENCODER).idle

    def test_a_writer_that_lost_its_lock_cannot_commit(self, twins: Twins) -> None:
        twins.build()
        twins.write("1.txt", text(400))

        class Meanwhile(HashingEncoder):
            def encode_passages(self, passages):  # type: ignore[no-untyped-def]
                postgres.server().execute("UPDATE qa.live SET fence = fence + 1", "engine")
                return super().encode_passages(passages)

        with pytest.raises(IndexLocked, match="was written by another program meanwhile"):
            build([twins.files], twins.place, encoder=Meanwhile())
        assert open_index(twins.place).generation == 1
        assert_same(*twins.build())

    def test_what_a_stopped_writer_sent_is_never_seen(self, twins: Twins) -> None:
        twins.build()
        one = StoredIndex(twins.folder / ".qa")
        for number in range(3):
            twins.write(f"n{number}.txt", text(500 + number))

        class Stops(HashingEncoder):
            def encode_passages(self, passages):  # type: ignore[no-untyped-def]
                raise KeyboardInterrupt

        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                build([twins.files], twins.place, encoder=Stops())
            assert_same(one, open_index(twins.place))
        assert_same(*twins.build())


class TestQuestions:
    def test_a_question_takes_no_lock_but_that_of_reading(self, twins: Twins) -> None:
        index = twins.build()[1]
        seen: set[object] = set()
        stop = threading.Event()

        def watch() -> None:
            while not stop.is_set():
                for row in postgres.server().execute(
                    "SELECT mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'qa'",
                    "engine",
                ):
                    seen.add(row[0])

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for number in range(200):
                index.candidates((f"t{number}", "harbour"), ENCODER.encode_question("x"), depth=5)
        finally:
            stop.set()
            watcher.join()
        assert seen <= {"AccessShareLock"}
        with pytest.raises(IndexProblem, match="only reads"):
            index.select("UPDATE live SET fence = 0 RETURNING 1")  # type: ignore[attr-defined]

    def test_a_server_that_was_restarted_is_asked_again(self, twins: Twins) -> None:
        index = twins.build()[1]
        before = index.candidates(("harbour",), None, depth=5).rows.tolist()
        postgres.server().stop()
        with pytest.raises(IndexProblem, match=r"cannot reach postgresql://qa@127.0.0.1"):
            index.candidates(("lamp",), None, depth=5)
        postgres.server().start()
        assert index.candidates(("harbour",), None, depth=5).rows.tolist() == before
        assert index.candidates(("lamp",), None, depth=5).rows.tolist()

    def test_there_is_no_index(self, twins: Twins) -> None:
        with pytest.raises(IndexMissing, match="no index at postgresql://"):
            open_index(twins.place)
        nowhere = folder_of(postgres.server().address("nowhere"))
        with pytest.raises(IndexMissing, match='database "nowhere" does not exist'):
            open_index(nowhere)
