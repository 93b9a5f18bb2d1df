"""Sessions: they follow the generations, and release everything when closed."""

import gc
import inspect
import os
import threading
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

import qa
from qa.answering.answerer import Answerer, AskOptions
from qa.confidence import CALIBRATION
from qa.confidence.shipped import FIT_OF_MINILM as SHIPPED
from qa.confidence.store import OwnCalibration, store
from qa.session import kept
from qa.session.opened import Session
from qa_eval import Rescaling
from qa_index.building.build import build
from qa_index.collection.local import disk
from qa_index.collection.records import StoredDocument
from qa_index.errors import IndexDamaged, IndexMissing
from qa_index.sources import freshness, touched
from qa_index.sources.condition import condition_of
from tests.support.hashing_encoder import HashingEncoder

QUESTION = "When does the ferry leave?"
ENCODER = HashingEncoder(dimension=16)


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_index.encoding.opening.open_encoder", lambda *_, **__: ENCODER)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    write(tmp_path, "The ferry leaves at nine.")
    return tmp_path


def write(world: Path, text: str) -> None:
    (world / "notes" / "ferry.txt").write_text(text)
    build([world / "notes"], world / ".qa", encoder=ENCODER)


@pytest.fixture
def session(world: Path) -> Iterator[Session]:
    with qa.open(world / ".qa") as opened:
        yield opened


def quote(answer: qa.Answer) -> str:
    return answer.citations[0].quote


class TestGenerations:
    def test_a_new_one_is_noticed_by_the_next_question(self, world: Path, session: Session) -> None:
        assert quote(session.ask(QUESTION)) == "The ferry leaves at nine."
        write(world, "The ferry leaves at ten.")
        answer = session.ask(QUESTION)
        assert quote(answer) == "The ferry leaves at ten."
        assert answer.index.generation == session.index.generation == 2

    def test_refresh_tells_whether_there_was_one(self, world: Path, session: Session) -> None:
        assert not session.refresh()
        write(world, "The ferry leaves at ten.")
        assert session.refresh()
        assert not session.refresh()

    def test_an_answer_stays_with_the_one_it_began_with(
        self, world: Path, session: Session
    ) -> None:
        pinned = session.pinned()
        write(world, "The ferry leaves at ten.")
        assert quote(session.ask(QUESTION)) == "The ferry leaves at ten."
        assert quote(pinned.ask(QUESTION)) == "The ferry leaves at nine."

    def test_nothing_is_read_where_nothing_changed(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session.ask(QUESTION)
        monkeypatch.setattr("qa_index.collection.local.generations.live", pytest.fail)
        session.ask(QUESTION)

    def test_a_calibration_is_taken_up(self, world: Path, session: Session) -> None:
        assert session.pinned().confidence == SHIPPED
        model = SHIPPED.rescaled(Rescaling(0.0, 0.0, 1.0), threshold=0.9)
        sha256 = ENCODER.description.sha256
        store(OwnCalibration(model, sha256, "mine", 20, 20, "now"), world / ".qa")
        assert session.ask(QUESTION).explanation.threshold == 0.9
        (world / ".qa" / CALIBRATION).unlink()
        assert session.ask(QUESTION).explanation.threshold != 0.9

    def test_a_passage_is_one_of_the_live_generation(self, world: Path, session: Session) -> None:
        citation = session.ask(QUESTION).citations[0]
        assert session.excerpt(citation.id).quote == citation.quote
        write(world, "The ferry leaves at ten.")
        with pytest.raises(qa.UnknownCitation):
            session.excerpt(citation.id)
        assert session.excerpt("notes/ferry.txt:1").quote == "The ferry leaves at ten."

    def test_the_model_is_opened_once(
        self, world: Path, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session.ask(QUESTION)
        monkeypatch.setattr("qa_index.encoding.opening.open_encoder", pytest.fail)
        write(world, "The ferry leaves at ten.")
        session.ask(QUESTION)

    def test_one_that_cannot_be_opened_is_an_error_until_it_can(
        self, world: Path, session: Session
    ) -> None:
        session.ask(QUESTION)
        current = world / ".qa" / "CURRENT"
        whole = current.read_bytes()
        current.write_bytes(b"nonsense")
        for _ in range(2):
            with pytest.raises(IndexDamaged):
                session.ask(QUESTION)
        current.unlink()
        with pytest.raises(IndexMissing):
            session.ask(QUESTION)
        current.write_bytes(whole)
        assert session.ask(QUESTION).citations

    def test_no_answer_mixes_them(self, world: Path, session: Session) -> None:
        """Threads share one session while the index changes under it."""

        def text(number: int) -> str:
            return f"# A\n\nThe ferry leaves at {number}.\n\n# B\n\nThe ferry returns at {number}."

        write(world, text(0))
        stop, mixed, seen = threading.Event(), [], set()

        def ask() -> None:
            while not stop.is_set():
                quotes = [c.quote for c in session.ask("ferry", k=10).citations]
                numbers = {quote.rstrip(".").split()[-1] for quote in quotes}
                seen.update(numbers)
                if len(numbers) != 1:
                    mixed.append(quotes)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        number = 0
        while len(seen) < 4 and number < 1000:
            number += 1
            write(world, text(number))
        stop.set()
        for thread in threads:
            thread.join()
        assert mixed == []
        assert len(seen) >= 4


class TestOpening:
    def test_one_that_cannot_be_opened_is_let_go(
        self, world: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lease = FileIO(world / "lock", "w")
        monkeypatch.setattr(kept, "hold", lambda _: lease)
        with pytest.raises(IndexMissing):
            qa.open(world / "nowhere")
        assert lease.closed


class TestClosing:
    def test_asking_a_closed_one_is_told(self, session: Session) -> None:
        session.close()
        session.close()
        assert session.closed
        for use in (
            lambda: session.ask(QUESTION),
            lambda: session.index,
            session.pinned,
            lambda: session.excerpt("notes/ferry.txt:1"),
        ):
            with pytest.raises(qa.IndexClosed, match=r"was closed; open it again with qa\.open"):
                use()

    def test_what_is_under_way_is_finished(self, session: Session) -> None:
        pinned = session.pinned()
        session.close()
        assert pinned.ask(QUESTION).citations

    @pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux tells what is mapped")
    def test_its_files_are_released(self, world: Path) -> None:
        """Immediately, not only when the garbage collector runs."""
        gc.disable()
        try:
            with qa.open(world / ".qa") as session:
                session.ask(QUESTION, filter="*.txt")
                session.ask(QUESTION, mode="bm25")
                assert mapped(world)
                write(world, "The ferry leaves at ten.")
                session.ask(QUESTION)
                assert {name.split("/gen-")[1][:6] for name in mapped(world)} == {"000002"}
            assert mapped(world) == set()
        finally:
            gc.enable()

    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux tells what is open")
    def test_open_indexes_hold_no_descriptors(self, world: Path) -> None:
        qa.open(world / ".qa").ask(QUESTION)  # opens what is opened once per process
        before = descriptors()
        sessions = [qa.open(world / ".qa") for _ in range(20)]
        for session in sessions:
            session.ask(QUESTION)
        assert descriptors() == before
        for session in sessions:
            session.close()

    def test_the_files_may_go_while_it_is_open(self, world: Path) -> None:
        with qa.open(world / ".qa") as session:
            pinned = session.pinned()
            for file in (world / ".qa").glob("gen-*/*"):
                file.unlink()
            assert pinned.ask(QUESTION).citations


def mapped(world: Path) -> set[str]:
    lines = Path("/proc/self/maps").read_text().splitlines()
    return {line.split(maxsplit=5)[5] for line in lines if f"{world}/.qa/" in line}


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


class TestTouchedSources:
    @pytest.fixture
    def hashed(self, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        """Files whose content was read."""
        seen: list[Path] = []
        plain = freshness.sha256_of

        def spied(path: Path) -> str | None:
            seen.append(path)
            return plain(path)

        monkeypatch.setattr(freshness, "sha256_of", spied)
        return seen

    def test_is_hashed_once(self, world: Path, session: Session, hashed: list[Path]) -> None:
        file = world / "notes" / "ferry.txt"
        os.utime(file, ns=(1, 1))
        for _ in range(3):
            assert not session.ask(QUESTION).citations[0].source.stale
        assert len(hashed) == 1
        os.utime(file, ns=(2, 2))
        assert not session.ask(QUESTION).citations[0].source.stale
        assert len(hashed) == 2

    def test_one_that_changed_is_stale_each_time(
        self, world: Path, session: Session, hashed: list[Path]
    ) -> None:
        file = world / "notes" / "ferry.txt"
        text = file.read_text()
        file.write_text(text.replace("nine", "five"))
        for _ in range(3):
            assert session.ask(QUESTION).citations[0].source.stale
        assert len(hashed) == 1
        file.write_text(text)
        assert not session.ask(QUESTION).citations[0].source.stale

    def test_an_update_notes_the_new_time(self, world: Path, hashed: list[Path]) -> None:
        file = world / "notes" / "ferry.txt"
        os.utime(file, ns=(1, 1))
        assert build((), world / ".qa", encoder=ENCODER).idle
        with qa.open(world / ".qa") as session:
            assert not session.ask(QUESTION).citations[0].source.stale
            assert condition_of(session.index).fresh
            assert hashed == []
            file.write_text(file.read_text().replace("nine", "five"))
            os.utime(file, ns=(2, 2))
            assert session.ask(QUESTION).citations[0].source.stale
            os.utime(file, ns=(1, 1))

    def test_a_later_generation_keeps_the_note(self, world: Path, hashed: list[Path]) -> None:
        os.utime(world / "notes" / "ferry.txt", ns=(1, 1))
        (world / "notes" / "other.txt").write_text("The other ferry leaves at ten.")
        for number in range(2):
            (world / "notes" / "other.txt").write_text(f"The other ferry leaves at {number}.")
            build((), world / ".qa", encoder=ENCODER)
            with qa.open(world / ".qa") as session:
                assert not any(c.source.stale for c in session.ask("ferry").citations)
        assert hashed == []
        build((), world / ".qa", encoder=ENCODER, full=True)
        assert not (world / ".qa" / touched.FILE).exists()

    def test_what_a_killed_update_left_of_it_is_removed(self, world: Path) -> None:
        left = world / ".qa" / f"{touched.FILE}{disk.TEMPORARY}"
        left.write_bytes(b"{")
        assert build((), world / ".qa", encoder=ENCODER).idle
        assert not left.exists()

    @pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b'{"files": [["a", 1]], "checksum": 1}'])
    def test_a_damaged_note_is_done_without(
        self, world: Path, hashed: list[Path], damage: bytes
    ) -> None:
        os.utime(world / "notes" / "ferry.txt", ns=(1, 1))
        build((), world / ".qa", encoder=ENCODER)
        (world / ".qa" / touched.FILE).write_bytes(damage)
        with qa.open(world / ".qa") as session:
            assert not session.ask(QUESTION).citations[0].source.stale
        assert len(hashed) == 1


class TestFilters:
    @pytest.mark.parametrize("filter", [None, "*.txt"])
    def test_none_needs_a_working_folder(
        self, world: Path, session: Session, filter: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (world / "gone").mkdir()
        monkeypatch.chdir(world / "gone")
        (world / "gone").rmdir()
        assert session.ask(QUESTION, filter=filter).citations

    def test_a_repeated_one_parses_no_document(
        self, world: Path, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (world / "notes" / "baker.txt").write_text("The baker opens at six.")
        write(world, "The ferry leaves at nine.")
        parsed: list[bytes] = []
        plain = StoredDocument.from_json

        def spied(raw: bytes) -> StoredDocument:
            parsed.append(raw)
            return plain(raw)

        monkeypatch.setattr(StoredDocument, "from_json", spied)
        first = session.ask(QUESTION, filter="*ferry*", within=["notes"])
        del parsed[:]
        again = session.ask(QUESTION, filter="*ferry*", within=["notes"])
        assert again.citations == first.citations
        assert parsed == []
        session.ask(QUESTION, filter="*baker*")
        assert len(parsed) == 1  # the cited file

    def test_each_generation_has_its_own(self, world: Path, session: Session) -> None:
        session.ask(QUESTION, within=["notes"])
        (world / "notes" / "other.txt").write_text("The ferry is blue.")
        write(world, "The ferry leaves at ten.")
        found = session.ask(QUESTION, within=["notes"]).citations
        assert {c.source.path for c in found} == {"notes/ferry.txt", "notes/other.txt"}


def test_it_takes_the_options_of_an_answerer() -> None:
    names = list(inspect.signature(Answerer.ask).parameters)
    assert ["self", "question", *AskOptions.__annotations__] == names


def test_it_can_be_evaluated(world: Path, session: Session, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        '{"id": "1", "question": "When does the ferry leave?",'
        ' "gold": [{"path": "notes/ferry.txt", "quote": "leaves at nine"}]}\n'
    )
    run = qa.evaluate(session, questions)
    assert run.provenance["index"]["generation"] == 1
