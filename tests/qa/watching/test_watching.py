"""Watching: the index follows its files, whatever happens to them."""

import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import qa
from qa import WatchEvent, WatchKind
from qa.watching import wakeups, watching
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.errors import (
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexNotWritable,
    InputError,
    NothingToIndex,
    RootGone,
)
from tests.support.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder(dimension=16)

PATIENCE = 60
"""Seconds that an event may take on a busy machine."""


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_index.encoding.opening.open_encoder", lambda *_, **__: ENCODER)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeups, "_QUIET_MS", 50)
    monkeypatch.setattr(wakeups, "_TICK_MS", 100)
    monkeypatch.setattr(watching, "_PAUSES", (0.1, 0.1))
    monkeypatch.setattr(watching, "_LOCKED_PAUSES", (0.1, 0.1))


class Watched:
    """An index that a thread watches."""

    def __init__(self, world: Path) -> None:
        self.world = world
        self.index = world / ".qa"
        self.stop = threading.Event()
        self.events: queue.Queue[WatchEvent | BaseException] = queue.Queue()
        self._thread: threading.Thread | None = None

    def begin(self, *paths: str, **options: Any) -> None:
        whole = [self.world / path for path in paths]
        events = qa.watch(whole, into=self.index, stop=self.stop, **options)

        def collect() -> None:
            try:
                for event in events:
                    self.events.put(event)
            except BaseException as error:  # noqa: BLE001 - told to the test
                self.events.put(error)

        self._thread = threading.Thread(target=collect)
        self._thread.start()

    def next(self, kind: WatchKind) -> WatchEvent:
        event = self.events.get(timeout=PATIENCE)
        if isinstance(event, BaseException):
            raise event
        assert event.kind is kind, event
        return event

    def begun(self, *paths: str, **options: Any) -> None:
        """Begin, and get the events of the beginning."""
        self.begin(*paths, **options)
        self.next(WatchKind.UPDATED)
        self.next(WatchKind.WATCHING)

    def updated(self) -> tuple[tuple[str, ...], ...]:
        """What the next update added, changed and removed."""
        report = self.next(WatchKind.UPDATED).report
        assert report is not None
        return report.added, report.changed, report.removed

    def waits(self) -> qa.QAError:
        error = self.next(WatchKind.WAITING).error
        assert error is not None
        return error

    def documents(self) -> list[str]:
        return [document.path for document in StoredIndex(self.index).documents()]

    def end(self) -> None:
        self.stop.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)
            assert not self._thread.is_alive()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "ferry.txt").write_text("The ferry leaves at nine.")
    one = Watched(tmp_path)
    yield one
    one.end()


class TestFiles:
    def test_added_changed_and_removed_ones_are_followed(self, watched: Watched) -> None:
        watched.begun("notes")
        (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
        assert watched.updated() == (("notes/train.txt",), (), ())
        (watched.world / "notes/train.txt").write_text("The train leaves at eleven.")
        assert watched.updated() == ((), ("notes/train.txt",), ())
        (watched.world / "notes/train.txt").unlink()
        assert watched.updated() == ((), (), ("notes/train.txt",))

    def test_new_folders_are_followed(self, watched: Watched) -> None:
        watched.begun("notes")
        (watched.world / "notes/a/b").mkdir(parents=True)
        (watched.world / "notes/a/b/bus.md").write_text("The bus is late.")
        assert watched.updated() == (("notes/a/b/bus.md",), (), ())
        (watched.world / "notes/a/b/bus.md").write_text("The bus is early.")
        assert watched.updated() == ((), ("notes/a/b/bus.md",), ())

    def test_editors_save_by_renaming(self, watched: Watched) -> None:
        watched.begun("notes/ferry.txt")
        for hour in ("ten", "eleven"):
            (watched.world / "notes/.swap").write_text(f"The ferry leaves at {hour}.")
            (watched.world / "notes/.swap").replace(watched.world / "notes/ferry.txt")
            assert watched.updated() == ((), ("notes/ferry.txt",), ())

    def test_a_content_of_the_same_size_and_time_is_noticed(self, watched: Watched) -> None:
        watched.begun("notes")
        path = watched.world / "notes/ferry.txt"
        before = path.stat()
        path.with_name(".swap").write_text("The ferry leaves at five.")
        os.utime(path.with_name(".swap"), ns=(before.st_atime_ns, before.st_mtime_ns))
        path.with_name(".swap").replace(path)
        assert watched.updated() == ((), ("notes/ferry.txt",), ())

    def test_an_unreadable_one_is_told_once_and_skipped(self, watched: Watched) -> None:
        watched.begun("notes")
        (watched.world / "notes/broken.pdf").write_bytes(b"%PDF-1.4 nothing else")
        report = watched.next(WatchKind.UPDATED).report
        assert report is not None
        assert [file.path for file in report.newly_skipped] == ["notes/broken.pdf"]
        (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
        report = watched.next(WatchKind.UPDATED).report
        assert report is not None
        assert report.added == ("notes/train.txt",)
        assert not report.newly_skipped

    def test_a_flood_is_taken_in(self, watched: Watched) -> None:
        watched.begun("notes")
        for number in range(300):
            folder = watched.world / f"notes/{number // 30}"
            folder.mkdir(exist_ok=True)
            (folder / f"{number}.txt").write_text(f"Boat {number} is at the pier.")
        found = 1
        while found < 301:
            report = watched.next(WatchKind.UPDATED).report
            assert report is not None
            found = report.documents
        (watched.world / "notes/9/299.txt").write_text("Boat 299 has left.")
        assert watched.updated() == ((), ("notes/9/299.txt",), ())

    def test_what_a_gitignore_admits_is_followed(self, watched: Watched) -> None:
        (watched.world / "notes/.gitignore").write_text("drafts/\n")
        (watched.world / "notes/drafts").mkdir()
        (watched.world / "notes/drafts/bus.txt").write_text("The bus is late.")
        watched.begun("notes")
        (watched.world / "notes/.gitignore").write_text("")
        assert watched.updated() == (("notes/drafts/bus.txt",), (), ())


class TestPaths:
    def test_one_that_is_gone_keeps_its_documents_and_others_are_followed(
        self, watched: Watched
    ) -> None:
        (watched.world / "more").mkdir()
        (watched.world / "more/train.txt").write_text("The train leaves at ten.")
        watched.begun("notes", "more")
        (watched.world / "notes").rename(watched.world / "elsewhere")
        error = watched.waits()
        assert isinstance(error, RootGone)
        assert str(error) == (
            "notes is gone; the index still holds its documents (1) and waits for it, "
            "or forget it and them with `qa index --prune`"
        )
        (watched.world / "more/train.txt").write_text("The train leaves at eleven.")
        assert watched.updated() == ((), ("more/train.txt",), ())
        assert watched.documents() == ["more/train.txt", "notes/ferry.txt"]
        (watched.world / "elsewhere/ferry.txt").write_text("The ferry leaves at ten.")
        (watched.world / "elsewhere").rename(watched.world / "notes")
        watched.next(WatchKind.WATCHING)
        assert watched.updated() == ((), ("notes/ferry.txt",), ())

    def test_an_empty_folder_in_its_place_removes_nothing(self, watched: Watched) -> None:
        watched.begun("notes")
        (watched.world / "notes").rename(watched.world / "elsewhere")
        watched.waits()
        (watched.world / "notes").mkdir()
        assert "holds no file any more" in str(watched.waits())
        assert watched.documents() == ["notes/ferry.txt"]
        (watched.world / "notes").rmdir()
        assert "is gone" in str(watched.waits())
        (watched.world / "elsewhere").rename(watched.world / "notes")
        watched.next(WatchKind.WATCHING)
        (watched.world / "notes/ferry.txt").write_text("The ferry leaves at ten.")
        assert watched.updated() == ((), ("notes/ferry.txt",), ())

    def test_a_folder_that_replaces_it_is_followed(self, watched: Watched) -> None:
        watched.begun("notes")
        shutil.copytree(watched.world / "notes", watched.world / "copy")
        (watched.world / "copy/train.txt").write_text("The train leaves at ten.")
        (watched.world / "notes").rename(watched.world / "old")
        (watched.world / "copy").rename(watched.world / "notes")
        kinds = []
        while (event := watched.events.get(timeout=PATIENCE)) is not None:
            assert isinstance(event, WatchEvent)
            kinds.append(event.kind)  # it may have been seen while it was gone
            if event.kind is WatchKind.UPDATED:
                break
        assert watched.documents() == ["notes/ferry.txt", "notes/train.txt"]
        (watched.world / "notes/train.txt").unlink()
        while (event := watched.events.get(timeout=PATIENCE)) is not None:
            assert isinstance(event, WatchEvent)
            if event.kind is WatchKind.UPDATED:
                break
        assert watched.documents() == ["notes/ferry.txt"]

    def test_an_empty_one_waits_for_its_first_file(self, watched: Watched) -> None:
        (watched.world / "empty").mkdir()
        watched.begin("empty")
        assert isinstance(watched.waits(), NothingToIndex)
        watched.next(WatchKind.WATCHING)
        (watched.world / "empty/bus.txt").write_text("The bus is late.")
        assert watched.updated() == (("empty/bus.txt",), (), ())

    def test_patterns_of_an_indexed_one_stay(self, watched: Watched) -> None:
        (watched.world / "notes/draft.txt").write_text("A draft.")
        qa.index(watched.world / "notes", into=watched.index, exclude="draft.txt")
        watched.begun("notes")
        (watched.world / "notes/draft.txt").write_text("Another draft.")
        (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
        assert watched.updated() == (("notes/train.txt",), (), ())

    def test_one_added_by_another_process_is_followed(self, watched: Watched) -> None:
        watched.begun("notes")
        (watched.world / "more").mkdir()
        (watched.world / "more/train.txt").write_text("The train leaves at ten.")
        build([watched.world / "more"], watched.index, encoder=ENCODER)
        (watched.world / "notes/ferry.txt").write_text("The ferry leaves at ten.")  # a look
        assert watched.updated() == ((), ("notes/ferry.txt",), ())
        assert watched.next(WatchKind.WATCHING).paths == ("more", "notes")
        (watched.world / "more/train.txt").write_text("The train leaves at eleven.")
        assert watched.updated() == ((), ("more/train.txt",), ())


class TestWhatIsInTheWay:
    def test_another_process_that_writes_is_waited_for(self, watched: Watched) -> None:
        watched.begun("notes")
        with FileLock(watched.index / "lock"):
            (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
            assert isinstance(watched.waits(), IndexLocked)
        assert watched.updated() == (("notes/train.txt",), (), ())

    def test_also_when_it_begins(self, watched: Watched) -> None:
        watched.index.mkdir()
        with FileLock(watched.index / "lock"):
            watched.begin("notes")
            assert isinstance(watched.waits(), IndexLocked)
        # Watching may have begun before the lock was released.
        events = [watched.events.get(timeout=PATIENCE) for _ in range(2)]
        kinds = {event.kind for event in events if isinstance(event, WatchEvent)}
        assert kinds == {WatchKind.UPDATED, WatchKind.WATCHING}

    def test_a_failed_update_is_told_once_and_tried_again(self, watched: Watched) -> None:
        failures = 3
        attempts = 0

        def update(paths: Sequence[Any], into: Path) -> qa.BuildReport:
            nonlocal attempts
            attempts += 1
            if 1 < attempts <= 1 + failures:
                raise IndexNotWritable("cannot write x: no space left on device")
            return build(list(paths), into, encoder=ENCODER)

        watched.begun("notes", update=update)
        (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
        assert isinstance(watched.waits(), IndexNotWritable)
        assert watched.updated() == (("notes/train.txt",), (), ())
        assert attempts == 2 + failures

    def test_an_index_that_is_removed_is_made_again(self, watched: Watched) -> None:
        watched.begun("notes")
        watched.index.rename(watched.world / "elsewhere")
        (watched.world / "notes/ferry.txt").write_text("The ferry leaves at ten.")
        assert watched.updated() == (("notes/ferry.txt",), (), ())

    def test_what_waiting_does_not_cure_is_raised_when_it_begins(self, watched: Watched) -> None:
        def update(paths: object, into: object) -> qa.BuildReport:
            raise IndexIncompatible("another format")

        watched.begin("notes", update=update)
        with pytest.raises(IndexIncompatible):
            watched.next(WatchKind.WATCHING)


class TestHow:
    def test_by_the_clock(self, watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wakeups, "_watcher", _unavailable)
        watched.begin("notes", poll=0.05)
        watched.next(WatchKind.UPDATED)
        assert watched.next(WatchKind.WATCHING).poll == 0.05
        (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
        assert watched.updated() == (("notes/train.txt",), (), ())

    def test_without_events_the_clock_takes_over(
        self,
        watched: Watched,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(wakeups, "_watcher", _unavailable)
        monkeypatch.setattr(watching, "FALLBACK", 0.05)
        watched.begin("notes")
        watched.next(WatchKind.UPDATED)
        assert watched.next(WatchKind.WATCHING).poll == 0.05
        assert caplog.messages == [
            "changes are not reported (too many watches); looking at all files every 0.05 s instead"
        ]
        (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
        assert watched.updated() == (("notes/train.txt",), (), ())

    def test_lost_events_are_made_up_for(
        self, watched: Watched, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wakeups, "_watcher", lambda _: None)
        monkeypatch.setattr(watching, "SWEEP", 0.05)
        watched.begun("notes")
        (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
        assert watched.updated() == (("notes/train.txt",), (), ())

    def test_the_stop_interrupts_an_update(self, watched: Watched) -> None:
        watched.begun("notes")
        encode = ENCODER.encode_passages
        began = threading.Event()

        def slow(inputs: Any) -> Any:
            began.set()
            assert watched.stop.wait(PATIENCE)
            return encode(inputs)

        ENCODER.encode_passages = slow  # type: ignore[method-assign]
        try:
            (watched.world / "notes/train.txt").write_text("The train leaves at ten.")
            assert began.wait(PATIENCE)
            watched.end()
        finally:
            del ENCODER.encode_passages
        assert watched.events.empty()
        assert watched.documents() == ["notes/ferry.txt"]

    def test_events_are_json(self, watched: Watched) -> None:
        watched.begin("notes")
        told = watched.next(WatchKind.UPDATED).to_dict()
        assert (told["schema"], told["event"]) == ("qa.watch/1", "updated")
        assert told["report"]["added"] == ("notes/ferry.txt",)
        told = watched.next(WatchKind.WATCHING).to_dict()
        assert (told["paths"], told["poll"]) == (["notes"], None)
        (watched.world / "notes").rename(watched.world / "elsewhere")
        told = watched.next(WatchKind.WAITING).to_dict()
        assert told["error"]["kind"] == "RootGone"
        assert "report" not in told


def _unavailable(paths: Sequence[str]) -> None:
    raise wakeups.EventsUnavailable("too many watches")


@pytest.mark.parametrize(
    ("call", "kind", "told"),
    [
        (lambda: qa.watch("nowhere"), InputError, "nowhere: no such file or folder"),
        (lambda: qa.watch(into=".qa"), IndexMissing, "name the paths to make one from"),
        (lambda: qa.watch(), IndexMissing, "no index in"),
        (lambda: qa.watch(".", poll=0), InputError, "poll must be a number of seconds"),
        (lambda: qa.watch(".", poll=float("nan")), InputError, "poll must be a number of seconds"),
    ],
)
def test_wrong_arguments_are_refused_before_it_begins(
    call: Callable[[], object],
    kind: type[Exception],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=told):
        call()
