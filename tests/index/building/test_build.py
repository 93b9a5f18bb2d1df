"""Building and updating: an updated index equals one built from scratch."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_index import formats
from qa_index.building import encode, write
from qa_index.building.build import build
from qa_index.building.prepare import split
from qa_index.building.report import BuildReport
from qa_index.collection.keys import Key
from qa_index.collection.local import ivfpq, layout, writer
from qa_index.collection.local.generations import writing
from qa_index.collection.local.journal import JOURNAL
from qa_index.collection.local.postings import Postings
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import EncodedPassages, EncoderInput
from qa_index.errors import IndexDamaged, IndexLocked, InputError, NothingToIndex, RootGone
from qa_index.records import Span
from qa_index.search.query import Query
from qa_index.search.scoring import rank
from qa_index.vectors import Encoded, Quantised, Rows
from tests.support.hashing_encoder import HashingEncoder

TEXTS = {
    "cats.txt": "Cats sleep most of the day. A cat purrs when content.\n\nLions are cats too.",
    "dogs.md": "# Dogs\n\nDogs bark.\n\n## Work\n\nSome dogs herd sheep. Others guide the blind.",
    "sub/birds.txt": "Birds lay eggs. The kiwi cannot fly, although it is a bird.",
    "sub/fish.txt": "Fish breathe with gills. Salmon return to the river where they hatched.",
}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    for name, text in TEXTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def make(sources: Path, index: Path | None = None, **options: Any) -> BuildReport:
    return build([sources], index or sources.parent / ".qa", encoder=HashingEncoder(), **options)


def contents(index: StoredIndex) -> dict[str, Any]:
    """Everything that answers depend on."""
    postings = index.postings
    terms = sorted(postings.terms())
    return {
        "documents": [
            {name: getattr(document, name) for name in document.__slots__ if name != "mtime_ns"}
            for document in index.documents()
        ],
        "texts": [index.text_of(document) for document in index.documents()],
        "passages": index.passages.all().tolist(),
        "sentences": index.sentences.all().tolist(),
        "terms": index.terms.all().tolist(),
        "sentence_terms": index.sentence_terms.all().tolist(),
        "duplicates": index.duplicates.all().tolist(),
        "vectors": index.vectors[:].tolist(),
        "sentence_vectors": index.sentence_vectors.all().tolist(),
        "lengths": postings.lengths[0 : len(postings.lengths)].tolist(),
        "postings": {
            term: [np.round(column, 5).tolist() for column in postings.find(term)] for term in terms
        },
        "languages": index.analyzer.languages,
    }


def assert_same_as_from_nothing(sources: Path) -> None:
    updated_index = StoredIndex(sources.parent / ".qa")
    updated = contents(updated_index)
    make(sources, sources / ".." / ".qa2", full=True)
    fresh_index = StoredIndex(sources.parent / ".qa2")
    fresh = contents(fresh_index)
    for name, value in fresh.items():
        assert updated[name] == value, name
    # IVF-PQ's storage loss affects only updates.
    np.testing.assert_allclose(
        updated_index.passage_moments, fresh_index.passage_moments, atol=1e-5
    )


class TestBuilding:
    """The report of a build matches what it did."""

    def test_first_build(self, sources: Path) -> None:
        report = make(sources)
        assert report.added == tuple(f"texts/{name}" for name in sorted(TEXTS))
        assert (report.generation, report.documents) == (1, 4)
        assert report.encoded == report.passages > 4
        index = StoredIndex(sources.parent / ".qa")
        assert [index.text_of(document) for document in index.documents()] == [
            TEXTS[name] for name in sorted(TEXTS)
        ]

    def test_every_passage_is_a_slice_of_its_source(self, sources: Path) -> None:
        make(sources)
        index = StoredIndex(sources.parent / ".qa")
        for row in range(index.manifest.counts.passages):
            passage = index.passage(row)
            source = (sources.parent / passage.document.path).read_text()
            assert passage.text == source[passage.start : passage.end]
            assert index.row_of(passage.id) == row

    def test_unchanged_input_changes_nothing(self, sources: Path) -> None:
        make(sources)
        before = {path: path.read_bytes() for path in (sources.parent / ".qa").rglob("*.*")}
        report = make(sources)
        assert report.idle
        assert (report.generation, report.unchanged, report.encoded) == (1, 4, 0)
        assert before == {path: path.read_bytes() for path in (sources.parent / ".qa").rglob("*.*")}

    def test_touching_a_file_is_no_change(self, sources: Path) -> None:
        make(sources)
        os.utime(sources / "cats.txt", ns=(1, 1))
        assert make(sources).idle

    def test_dry_run_writes_nothing(self, sources: Path) -> None:
        report = make(sources, dry_run=True)
        assert len(report.added) == 4
        assert report.generation is None
        assert not (sources.parent / ".qa").exists()

    def test_paths_are_added_to_those_before(self, sources: Path) -> None:
        index = sources.parent / ".qa"
        build([sources / "sub"], index, encoder=HashingEncoder())
        report = build([sources / "cats.txt"], index, encoder=HashingEncoder())
        assert report.added == ("texts/cats.txt",)
        assert report.documents == 3
        assert build([], index, encoder=HashingEncoder()).idle

    def test_full_forgets_the_paths_before(self, sources: Path) -> None:
        make(sources)
        index = sources.parent / ".qa"
        report = build([sources / "sub"], index, encoder=HashingEncoder(), full=True)
        assert report.documents == 2
        assert report.encoded == report.passages

    def test_include_and_exclude(self, sources: Path) -> None:
        assert make(sources, include=["*.txt"], exclude=["sub/"]).documents == 1


class TestUpdating:
    """An update gives the same index as a build from scratch, and encodes only what is new."""

    @pytest.fixture(autouse=True, params=[1, ivfpq.IVFPQ_FROM], ids=["ivfpq", "flat"])
    def _layout_of_vectors(
        self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "IVFPQ_FROM", request.param)

    def test_one_edit(self, sources: Path) -> None:
        make(sources)
        (sources / "dogs.md").write_text(TEXTS["dogs.md"] + " None of them fly.")
        report = make(sources)
        assert report.changed == ("texts/dogs.md",)
        assert report.unchanged == 3
        assert report.encoded == 1  # the passage of the other section is kept
        assert_same_as_from_nothing(sources)

    def test_edit_add_remove_and_rename_at_once(self, sources: Path) -> None:
        make(sources)
        (sources / "cats.txt").unlink()
        (sources / "sub" / "fish.txt").rename(sources / "a-fish.txt")
        (sources / "sub" / "birds.txt").write_text("Birds have feathers.")
        (sources / "new.txt").write_text("Snakes have no legs. Nor do worms.")
        report = make(sources)
        assert report.removed == ("texts/cats.txt", "texts/sub/fish.txt")
        assert report.added == ("texts/a-fish.txt", "texts/new.txt")
        assert report.encoded == 3
        assert_same_as_from_nothing(sources)

    def test_copies_of_a_text_are_encoded_once_and_known_as_duplicates(self, sources: Path) -> None:
        make(sources)
        for name in ("copy1.txt", "copy2.txt"):
            (sources / name).write_text(TEXTS["cats.txt"])
        make(sources)
        assert_same_as_from_nothing(sources)
        index = StoredIndex(sources.parent / ".qa")
        rings = [index.duplicates_of(row) for row in range(len(index.passages))]
        assert sum(len(ring) == 2 for ring in rings) >= 3

    def test_all_sources_gone_leaves_an_empty_index(self, sources: Path) -> None:
        make(sources)
        for name in TEXTS:
            (sources / name).unlink()
        (sources / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        report = make(sources)
        assert (len(report.removed), report.documents, report.passages) == (4, 0, 0)
        index = StoredIndex(sources.parent / ".qa")
        question = index.analyzer.analyze_question("cats")
        query = Query.of(index, question, HashingEncoder().encode_question("cats"))
        assert len(rank(index, query).rows) == 0
        (sources / "cats.txt").write_text(TEXTS["cats.txt"])
        make(sources)
        assert_same_as_from_nothing(sources)

    def test_another_model_encodes_everything_again(self, sources: Path) -> None:
        make(sources)
        report = build([], sources.parent / ".qa", encoder=HashingEncoder(dimension=32))
        assert report.encoded == report.passages

    def test_another_language_analyses_everything_again(self, sources: Path) -> None:
        make(sources)
        make(sources, language="de")
        assert StoredIndex(sources.parent / ".qa").analyzer.languages == ("de",)


class TestRootsThatAreGone:
    """An unmounted disk must not cost the documents that were indexed from it."""

    @pytest.fixture
    def index(self, sources: Path) -> Path:
        """An index of a folder and a file outside it."""
        (sources.parent / "one.txt").write_text("A file by itself.")
        folder = sources.parent / ".qa"
        build([sources, sources.parent / "one.txt"], folder, encoder=HashingEncoder())
        return folder

    def update(self, index: Path, *paths: Path, **options: Any) -> BuildReport:
        return build(paths, index, encoder=HashingEncoder(), **options)

    def assert_refused(self, index: Path, match: str, *paths: Path, **options: Any) -> None:
        before = contents(StoredIndex(index))
        for dry_run in (True, False):
            with pytest.raises(RootGone, match=rf"^{match}; .*`qa index --prune`$"):
                self.update(index, *paths, dry_run=dry_run, **options)
        assert StoredIndex(index).generation == 1
        assert contents(StoredIndex(index)) == before

    @pytest.mark.parametrize("full", [False, True])
    def test_a_folder(self, sources: Path, index: Path, full: bool) -> None:
        sources.rename(sources.parent / "elsewhere")
        (sources.parent / "one.txt").write_text("Changed.")
        self.assert_refused(index, "texts is gone", full=full)

    def test_a_file(self, sources: Path, index: Path) -> None:
        (sources.parent / "one.txt").unlink()
        self.assert_refused(index, r"one\.txt is gone")

    @pytest.mark.parametrize("named", [False, True])
    def test_an_empty_mount_point(self, sources: Path, index: Path, named: bool) -> None:
        sources.rename(sources.parent / "elsewhere")
        (sources / "sub").mkdir(parents=True)
        self.assert_refused(index, "texts holds no file any more", *([sources] if named else []))

    @pytest.mark.parametrize("text", ["", "A file."])
    def test_a_folder_that_is_a_file_now(self, sources: Path, index: Path, text: str) -> None:
        sources.rename(sources.parent / "elsewhere")
        sources.write_text(text)
        self.assert_refused(index, "texts is no folder any more")

    def test_only_hidden_files_and_the_index_are_left(self, tmp_path: Path) -> None:
        (tmp_path / "note.txt").write_text("A note.")
        build([tmp_path], tmp_path / ".qa", encoder=HashingEncoder())
        (tmp_path / "note.txt").rename(tmp_path / ".note.txt")
        with pytest.raises(RootGone, match="holds no file any more"):
            self.update(tmp_path / ".qa")

    def test_a_link_to_nowhere(self, sources: Path, index: Path) -> None:
        sources.rename(sources.parent / "elsewhere")
        sources.symlink_to(sources.parent / "unmounted")
        self.assert_refused(index, "texts is gone")

    def test_adding_a_path_meanwhile(self, sources: Path, index: Path) -> None:
        sources.rename(sources.parent / "elsewhere")
        self.assert_refused(index, "texts is gone", sources.parent / "elsewhere")

    @pytest.mark.parametrize("empty", [False, True])
    def test_pruned(self, sources: Path, index: Path, empty: bool) -> None:
        sources.rename(sources.parent / "elsewhere")
        if empty:
            sources.mkdir()
        report = self.update(index, prune=True)
        assert (len(report.removed), report.documents) == (4, 1)
        assert [root.path for root in StoredIndex(index).manifest.roots] == ["one.txt"]
        assert self.update(index).idle

    def test_moved(self, sources: Path, index: Path) -> None:
        sources.rename(sources.parent / "elsewhere")
        report = self.update(index, sources.parent / "elsewhere", prune=True)
        assert (len(report.added), len(report.removed), report.encoded) == (4, 4, 0)

    def test_pruning_keeps_the_roots_that_are_there(self, sources: Path, index: Path) -> None:
        assert self.update(index, prune=True).idle
        assert len(StoredIndex(index).manifest.roots) == 2

    def test_a_folder_that_never_held_a_document_may_be_empty(
        self, sources: Path, index: Path
    ) -> None:
        (sources.parent / "later").mkdir()
        self.update(index, sources.parent / "later")
        assert self.update(index).idle


class TestSettings:
    """A setting stays until another value is given."""

    def languages(self, sources: Path) -> tuple[str, ...]:
        return StoredIndex(sources.parent / ".qa").analyzer.languages

    @pytest.mark.parametrize("full", [False, True])
    def test_the_language_is_kept(self, sources: Path, full: bool) -> None:
        make(sources, language="de")
        (sources / "cats.txt").write_text("Cats purr when they are content.")
        report = build([], sources.parent / ".qa", encoder=HashingEncoder(), full=full)
        assert self.languages(sources) == ("de",)
        assert (report.encoded == report.passages) is full

    def test_until_another_is_given(self, sources: Path) -> None:
        make(sources, language="de")
        make(sources, language="fr")
        assert self.languages(sources) == ("fr",)
        make(sources, language="auto")
        assert StoredIndex(sources.parent / ".qa").manifest.language is None
        assert "fr" not in self.languages(sources)
        assert make(sources).idle

    @pytest.mark.parametrize("language", [3, "", "klingon", "EN", "en_GB", b"en"])
    def test_a_language_is_a_code(self, sources: Path, language: Any) -> None:
        make(sources, language="de")
        with pytest.raises(InputError, match="language must be an ISO 639 code such as en"):
            make(sources, language=language)
        assert self.languages(sources) == ("de",)

    def test_patterns_are_kept(self, sources: Path) -> None:
        make(sources, include=["*.txt"], exclude=["sub/"])
        report = build([], sources.parent / ".qa", encoder=HashingEncoder(), full=True)
        assert report.documents == 1


class Interrupted(HashingEncoder):
    """Counts the passages it encodes, and is interrupted after some calls."""

    def __init__(self, calls: int = -1) -> None:
        super().__init__()
        self.calls = calls
        self.passages = 0

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        if not self.calls:
            raise KeyboardInterrupt
        self.calls -= 1
        self.passages += len(inputs)
        return super().encode_passages(inputs)


class TestInterrupted:
    """Passages that an interrupted build encoded are not encoded again."""

    @pytest.fixture(autouse=True)
    def _small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(encode, "SLICE", 2)
        monkeypatch.setattr(write, "WINDOW", 1)

    def interrupt(self, sources: Path, calls: int = 3, **options: Any) -> int:
        """Interrupts a build after ``calls`` calls of the encoder; returns the passages encoded."""
        encoder = Interrupted(calls)
        with pytest.raises(KeyboardInterrupt):
            build([sources], sources.parent / ".qa", encoder=encoder, **options)
        assert encoder.passages
        return encoder.passages

    def resume(self, sources: Path, **options: Any) -> tuple[BuildReport, int]:
        encoder = Interrupted()
        report = build([sources], sources.parent / ".qa", encoder=encoder, **options)
        assert report.encoded == encoder.passages
        return report, encoder.passages

    def test_a_first_build(self, sources: Path) -> None:
        before = self.interrupt(sources)
        report, after = self.resume(sources)
        assert (report.resumed, report.passages) == (before, before + after)
        assert not (sources.parent / ".qa" / JOURNAL).exists()
        assert_same_as_from_nothing(sources)

    def test_an_update_interrupted_twice(self, sources: Path) -> None:
        make(sources)
        for number in range(9):
            (sources / f"new{number}.txt").write_text(f"Number {number}. A new text.")
        before = self.interrupt(sources, 2) + self.interrupt(sources, 2)
        report, after = self.resume(sources)
        assert (report.resumed, before + after) == (before, 9)
        assert_same_as_from_nothing(sources)

    def test_what_is_not_wanted_any_more_goes(self, sources: Path) -> None:
        self.interrupt(sources)
        for path in sources.rglob("*.txt"):
            path.write_text("All is different.")
        (sources / "dogs.md").unlink()
        assert self.resume(sources)[0].resumed == 0
        assert not (sources.parent / ".qa" / JOURNAL).exists()

    def test_for_another_model_nothing_is_taken(self, sources: Path) -> None:
        self.interrupt(sources)
        encoder = HashingEncoder(dimension=32)
        assert build([sources], sources.parent / ".qa", encoder=encoder).resumed == 0

    def test_full_takes_only_what_full_encoded(self, sources: Path) -> None:
        self.interrupt(sources)
        assert self.resume(sources, full=True)[0].resumed == 0
        before = self.interrupt(sources, full=True)
        assert self.resume(sources, full=True)[0].resumed == before

    def test_nothing_is_kept_of_an_idle_update(self, sources: Path) -> None:
        make(sources)
        self.interrupt(sources, full=True)
        assert make(sources).idle
        assert not (sources.parent / ".qa" / JOURNAL).exists()

    def test_progress_covers_what_was_known(self, sources: Path) -> None:
        self.interrupt(sources)
        steps: list[tuple[int, int]] = []
        make(sources, on_progress=lambda *step: steps.append(step))
        total = sum(len(text) for text in TEXTS.values())
        assert steps[0] == (0, total)
        assert steps == sorted(steps)
        assert steps[-1][0] > total * 0.9


class _Ahead(encode.LocalExecutor):
    """Encodes when a batch is begun, and begins many before it is asked for the first."""

    def __init__(self, ahead: int) -> None:
        super().__init__(HashingEncoder())
        self.ahead = ahead
        self.waiting = self.most = 0

    def begin(self, batch: Sequence[EncoderInput]) -> Callable[[], Encoded]:
        vectors = super().begin(batch)()
        self.waiting += 1
        self.most = max(self.most, self.waiting)

        def give() -> Encoded:
            self.waiting -= 1
            return vectors

        return give


class TestExecutor:
    """Encoding may run elsewhere, ahead of its use: vectors come in the order of the passages."""

    @pytest.fixture(autouse=True)
    def _small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(encode, "SLICE", 2)

    def windows(self) -> list[list[encode.ToEncode]]:
        texts = (f"Text {n}{' and more' * (n % 5)}." for n in range(40))
        wanted = [
            encode.ToEncode((n, n), EncoderInput("", text, (Span(0, 4), Span(5, len(text)))))
            for n, text in enumerate(texts)
        ]
        return [wanted[:1], wanted[1:9], [], wanted[9:30], wanted[30:]]

    @pytest.mark.parametrize("ahead", [1, 3, 100])
    def test_ahead_of_their_use(self, ahead: int) -> None:
        executor = _Ahead(ahead)
        step = encode.EncodeStep(executor, dimension=64)
        found = [each for window in self.windows() for each in step(window)] + list(step.finish())
        assert executor.most == min(ahead + 1, 21)
        assert not executor.waiting
        local = encode.EncodeStep(encode.LocalExecutor(HashingEncoder()), dimension=64)
        for window, one in zip(self.windows(), found, strict=True):
            [other] = local(window)
            assert np.array_equal(one.passages, other.passages)
            assert np.array_equal(one.sentences.codes, other.sentences.codes)
        assert step.encoded == local.encoded == 40

    def test_known_windows_do_not_pile_up_behind_one_that_is_encoded(self) -> None:
        class Known:
            def rows_of_keys(self, keys: Sequence[Key]) -> Rows:
                return np.array([-1 if key == (0, 0) else 0 for key in keys])

            def encoded(self, rows: Rows) -> Encoded:
                codes = np.zeros((2 * len(rows), 64), np.int8)
                scales = np.zeros(2 * len(rows), np.float32)
                return Encoded(np.zeros((len(rows), 64), np.float32), Quantised(codes, scales))

        step = encode.EncodeStep(_Ahead(3), dimension=64, known=Known())
        [first], [second, *_], *_ = self.windows()
        assert list(step([first])) == []
        given = [len(list(step([second]))) for _ in range(5)]
        assert given == [0, 0, 0, 5, 1]


def test_one_big_file_is_announced(
    sources: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "qa_index")
    monkeypatch.setattr("qa_index.building.progress.BIG_FILE", 100)
    make(sources, include=["*.md"])
    assert caplog.messages == []
    (sources / "big.md").write_text("Words and more words. " * 10)
    make(sources, include=["*.md"])
    assert caplog.messages[0].startswith("texts/big.md is one big file of 0.0 MB: ")
    assert caplog.messages[1].startswith("encoding takes about 1 s at this speed")
    make(sources, include=["*.md"])
    assert len(caplog.messages) == 2


@pytest.mark.parametrize("known", ["copied", "resumed"])
def test_time_left_is_told_by_what_is_encoded(
    sources: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, known: str
) -> None:
    """Known passages are done at once, and do not count in the estimate for the rest."""
    now = 0.0

    class Slow(HashingEncoder):
        def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
            nonlocal now
            now += 100.0
            return super().encode_passages(inputs)

    (sources / "a.txt").write_text("Something else entirely. " * 100)
    if known == "copied":
        make(sources)
    else:
        monkeypatch.setattr(write, "WINDOW", 1)
        with pytest.raises(KeyboardInterrupt):
            build([sources], sources.parent / ".qa", encoder=Interrupted(3))
    (sources / "z.txt").write_text("".join(f"Words and {n} more words. " for n in range(90)))
    monkeypatch.setattr(encode, "SLICE", 1)
    monkeypatch.setattr("qa_index.building.progress.BIG_FILE", 1000)
    monkeypatch.setattr("time.monotonic", lambda: now)
    caplog.set_level("INFO", "qa_index")
    build([sources], sources.parent / ".qa", encoder=Slow())
    [told] = [each for each in caplog.messages if "at this speed" in each]
    assert "min" in told


class TestProgress:
    def test_what_is_unchanged_is_done_from_the_start(self, sources: Path) -> None:
        make(sources)
        (sources / "new.txt").write_text("A new text.")
        steps: list[tuple[int, int]] = []
        make(sources, on_progress=lambda *step: steps.append(step))
        total = sum(path.stat().st_size for path in sources.rglob("*.*"))
        assert steps[0] == (total - len("A new text."), total)
        assert steps[-1] == (total, total)


class TestSkipping:
    """Unreadable files are reported and skipped; the others are indexed."""

    def test_binary_and_unsupported_files(self, sources: Path) -> None:
        (sources / "noise.txt").write_bytes(bytes(range(256)))
        (sources / "paper.pdf").write_bytes(b"%PDF")
        report = make(sources)
        assert report.documents == 4
        reasons = {Path(path).name: reason for path, reason in report.skipped}
        assert reasons.keys() == {"noise.txt", "paper.pdf"}
        assert "PDF" in reasons["paper.pdf"]
        assert make(sources).idle

    def test_what_is_new_is_told_once(self, sources: Path) -> None:
        make(sources)
        (sources / "paper.pdf").write_bytes(b"%PDF")
        assert len(make(sources).newly_skipped) == 1
        again = make(sources)
        assert again.newly_skipped == ()
        assert make(sources).generation == again.generation

    def test_a_file_that_is_named_is_told_again(self, sources: Path) -> None:
        (sources / "paper.pdf").write_bytes(b"%PDF")
        make(sources)
        for _ in range(2):
            told = build(
                [sources / "paper.pdf"], sources.parent / ".qa", encoder=HashingEncoder()
            ).newly_skipped
            assert [Path(file.path).name for file in told] == ["paper.pdf"]
        assert make(sources).newly_skipped == ()

    @pytest.mark.parametrize("text", ["", " \n\t\n "])
    def test_an_empty_file_is_a_document_without_passages(self, sources: Path, text: str) -> None:
        (sources / "empty.txt").write_text(text)
        assert make(sources).documents == 5
        assert make(sources).idle

    def test_nothing_but_empty_files(self, tmp_path: Path) -> None:
        (tmp_path / "empty.txt").write_text("\n")
        with pytest.raises(NothingToIndex, match="no text in"):
            build([tmp_path / "empty.txt"], tmp_path / ".qa", encoder=HashingEncoder())
        assert not (tmp_path / ".qa" / "CURRENT").exists()

    def test_nothing_but_unreadable_files_says_why(self, tmp_path: Path) -> None:
        (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
        with pytest.raises(NothingToIndex, match=r"paper\.pdf \(it is damaged or no PDF"):
            build([tmp_path / "paper.pdf"], tmp_path / ".qa", encoder=HashingEncoder())

    def test_a_path_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="nowhere"):
            build([tmp_path / "nowhere"], tmp_path / ".qa", encoder=HashingEncoder())

    def test_no_path_and_no_index(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="name files or folders"):
            build([], tmp_path / ".qa", encoder=HashingEncoder())

    @pytest.mark.skipif(os.name == "nt", reason="Windows names are Unicode")
    def test_a_name_that_is_not_utf8(self, sources: Path) -> None:
        Path(os.fsdecode(os.fsencode(sources) + b"/\xff.txt")).write_text("Unnamed.")
        report = make(sources)
        assert [reason for _, reason in report.skipped] == ["its name is not valid UTF-8"]


class TestGenerations:
    """Generations are switched atomically, and by only one writer at a time."""

    def test_two_writers_at_once(self, sources: Path) -> None:
        make(sources)
        with (
            writing(sources.parent / ".qa"),
            pytest.raises(IndexLocked, match=f"process {os.getpid()} on"),
        ):
            make(sources, full=True)

    def test_old_generations_and_remains_are_removed(self, sources: Path) -> None:
        make(sources)
        remains = sources.parent / ".qa" / "gen-000007"
        remains.mkdir()
        (remains / "vectors").write_bytes(b"half")
        assert len(StoredIndex(sources.parent / ".qa").passages) > 0
        report = make(sources, full=True)
        assert report.generation == 2
        assert [path.name for path in (sources.parent / ".qa").glob("gen-*")] == ["gen-000002"]

    def test_a_reader_keeps_its_generation(self, sources: Path) -> None:
        make(sources)
        reader = StoredIndex(sources.parent / ".qa")
        before = contents(reader)
        (sources / "cats.txt").write_text("Nothing about them.")
        make(sources)
        assert contents(reader) == before

    def test_a_damaged_index_is_not_built_upon(self, sources: Path) -> None:
        make(sources)
        index = sources.parent / ".qa"
        path = next(index.glob("gen-*")) / layout.TEXTS
        path.write_bytes(path.read_bytes()[:-1])
        (sources / "cats.txt").write_text("Changed.")
        with pytest.raises(IndexDamaged, match=r"texts\.utf8"):
            make(sources)
        make(sources, full=True)
        assert_same_as_from_nothing(sources)

    def test_nothing_damaged_is_called_up_to_date(self, sources: Path) -> None:
        make(sources)
        path = next((sources.parent / ".qa").glob("gen-*")) / layout.SENTENCE_MOMENTS
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.write_bytes(raw)
        for dry_run in (False, True):
            with pytest.raises(IndexDamaged, match=r"sentences\.moments"):
                make(sources, dry_run=dry_run)

    @pytest.mark.parametrize(
        "current",
        [b"", b"gen-000001", b"../../etc 0123456789abcdef0123456789abcdef\n", b"\x80\x04K\x01."],
    )
    def test_a_foreign_current_is_damage(self, sources: Path, current: bytes) -> None:
        make(sources)
        (sources.parent / ".qa" / "CURRENT").write_bytes(current)
        with pytest.raises(IndexDamaged, match="does not name a generation"):
            StoredIndex(sources.parent / ".qa")

    def test_the_manifest_lists_every_file(self, sources: Path) -> None:
        make(sources)
        folder = next((sources.parent / ".qa").glob("gen-*"))
        listed = json.loads((folder / "manifest.json").read_text())["files"]
        assert {path.name for path in folder.iterdir()} == {
            *listed,
            "manifest.json",
            "checksums",
        }
        assert all((folder / name).stat().st_size == file["size"] for name, file in listed.items())


def test_impacts_give_their_frequencies_back(tmp_path: Path) -> None:
    """An update computes term frequencies from impacts; a passage of one word is the extreme
    case."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "many.txt").write_text("echo " * 140 + "\n\nsomething else entirely, once.")
    (folder / "other.txt").write_text("A first text.")
    make(folder)
    (folder / "other.txt").write_text("A second text, which makes the average longer than before.")
    make(folder)
    assert_same_as_from_nothing(folder)
    assert Postings.array_names()


class Spelling(HashingEncoder):
    """Splits every word into letters, and reports the given fertility."""

    def __init__(self, fertility: float) -> None:
        super().__init__()
        self._fertility = fertility

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [sum(map(str.isalpha, text)) for text in texts]

    def fertility(self, text: str) -> float:
        return self._fertility


@pytest.mark.parametrize(("fertility", "passages"), [(0.0, 3), (0.3, 3), (0.6, 2), (1, 1)])
def test_passages_hold_as_many_words_in_a_language_that_is_cut_finely(
    fertility: float, passages: int
) -> None:
    parsed = formats.parse(b"Seven words are standing in this sentence. " * 18, name="a.txt")
    assert len(split(parsed, Spelling(fertility))) == passages
