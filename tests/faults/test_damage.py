"""Faults 11 to 16: a damaged or foreign index is refused, and never changes an answer."""

import json
import pickle
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xxhash

from qa_index.collection.local import layout, writer
from qa_index.collection.local.generations import CURRENT, MANIFEST
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.manifest import FORMAT
from qa_index.errors import IndexDamaged, IndexIncompatible, IndexProblem
from tests.faults.conftest import Worlds
from tests.faults.world import (
    THOROUGH,
    answerer_of,
    answers,
    build_in,
    copy_world,
    index_of,
    state_of,
    write_texts,
)

Tally = Callable[[str], None]
FLIPS = 100_000 if THOROUGH else 1_000


@pytest.fixture
def world(worlds: Worlds, tmp_path: Path) -> Path:
    """A world to damage, with a sound index of the new sources."""
    return copy_world(worlds.updated, tmp_path / "world")


def generation_of(world: Path) -> Path:
    return next(index_of(world).glob("gen-*"))


def files_of(world: Path) -> list[Path]:
    """Every file of an index."""
    return [index_of(world) / CURRENT, *sorted(generation_of(world).iterdir())]


def refusal(world: Path) -> str | None:
    """The error of `qa status --deep`, which checks every byte; ``None`` if the index is intact."""
    try:
        StoredIndex(index_of(world)).reader.check_all()
    except IndexProblem as error:
        return str(error)
    return None


def answers_or_refusal(world: Path) -> list[str] | None:
    """The answers; ``None`` if the index is refused."""
    try:
        return answers(answerer_of(world))
    except IndexProblem:
        return None


def assert_refused(world: Path, path: Path, answers_before: list[str]) -> bool:
    """A deep check names the file; a question is also refused, or answered as before.

    Returns whether the question was refused.
    """
    told = refusal(world)
    assert told is not None, path
    assert path.name in told or path.name == CURRENT, told
    assert "\n" not in told
    assert "run `qa index" in told or "make one with" in told
    found = answers_or_refusal(world)
    assert found in (None, answers_before)
    return found is None


class TestFiles:
    """Every file cut, deleted, zeroed, or swapped with another generation's: ERR naming it."""

    def damages(self, whole: bytes) -> Iterator[bytes]:
        for sixteenth in range(16):
            yield whole[: len(whole) * sixteenth // 16]
        yield bytes(len(whole))
        yield whole + b"\0"

    def test_cut_zeroed_or_longer(self, worlds: Worlds, world: Path, tally: Tally) -> None:
        refused = questions_refused = 0
        for path in files_of(world):
            whole = path.read_bytes()
            for damaged in self.damages(whole):
                if damaged == whole:  # an empty file, or one of zeros
                    continue
                path.write_bytes(damaged)
                questions_refused += assert_refused(world, path, worlds.new[0])
                refused += 1
            path.write_bytes(whole)
        assert state_of(world) == worlds.new
        tally(
            f"files cut, zeroed or extended: {refused} of {refused} refused, "
            f"{questions_refused} by a question already"
        )

    def test_deleted(self, worlds: Worlds, world: Path, tally: Tally) -> None:
        files = files_of(world)
        for path in files:
            path.rename(path.with_suffix(".away"))
            assert assert_refused(world, path, worlds.new[0])
            path.with_suffix(".away").rename(path)
        tally(f"files deleted: {len(files)} of {len(files)} refused")

    def test_of_another_generation(self, worlds: Worlds, world: Path, tally: Tally) -> None:
        other = generation_of(worlds.outdated)
        refused = 0
        for path in sorted(generation_of(world).iterdir()):
            whole, foreign = path.read_bytes(), (other / path.name).read_bytes()
            if whole != foreign:
                path.write_bytes(foreign)
                assert_refused(world, path, worlds.new[0])
                path.write_bytes(whole)
                refused += 1
        assert refused > 15
        tally(f"files of another generation: {refused} of {refused} refused")

    def test_a_folder_in_the_place_of_a_file(self, worlds: Worlds, world: Path) -> None:
        for path in files_of(world):
            path.rename(path.with_suffix(".away"))
            path.mkdir()
            assert assert_refused(world, path, worlds.new[0])
            path.rmdir()
            path.with_suffix(".away").rename(path)


class TestIvfPqVectors:
    """The files of vectors in groups, which only a large index has."""

    @pytest.mark.parametrize(
        "name",
        [layout.IVFPQ, layout.COMPONENTS, layout.VECTOR_SCALES],
    )
    def test_cut_zeroed_flipped_or_deleted(
        self, world: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setattr(writer, "IVFPQ_FROM", 1)
        build_in(world, full=True)
        before = answers(answerer_of(world))
        path = generation_of(world) / name
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 1
        for damaged in (b"", whole[: len(whole) // 2], bytes(len(whole)), bytes(flipped)):
            if damaged != whole:
                path.write_bytes(damaged)
                assert_refused(world, path, before)
        path.unlink()
        assert assert_refused(world, path, before)


class TestBits:
    """One bit flipped at random places: always ERR, never a changed answer.

    A question reads the blocks of 64 KiB that it needs and checks those; damage in others does
    not change its answer and is found by the deep check.
    """

    def test_flips(self, worlds: Worlds, world: Path, tally: Tally) -> None:
        choose = random.Random(12)
        files = [path for path in files_of(world) if path.stat().st_size]
        questions_refused = 0
        for number in range(FLIPS):
            path = files[number % len(files)]
            bit = choose.randrange(8 * path.stat().st_size)
            flip(path, bit)
            questions_refused += assert_refused(world, path, worlds.new[0])
            flip(path, bit)
        assert state_of(world) == worlds.new
        assert questions_refused > FLIPS * 0.9
        tally(
            f"bits flipped: {FLIPS} of {FLIPS} refused, {questions_refused} by a question already"
        )

    def test_flips_in_an_index_of_many_blocks(self, tmp_path: Path, tally: Tally) -> None:
        """In this index a question does not read most of the blocks."""
        words = random.Random(3)
        vocabulary = [f"word{number}" for number in range(3000)]
        texts = {
            f"{number}.txt": " ".join(words.choices(vocabulary, k=1500)) + "."
            for number in range(300)
        }
        write_texts(tmp_path / "texts", texts)
        build_in(tmp_path)
        answers_before = answers(answerer_of(tmp_path), ["word7 word8"])
        files = [path for path in files_of(tmp_path) if path.stat().st_size > 2 << 16]
        assert len(files) > 5
        refused = 0
        flips = FLIPS // 10
        for number in range(flips):
            path = files[number % len(files)]
            bit = words.randrange(8 * path.stat().st_size)
            flip(path, bit)
            assert path.name in (refusal(tmp_path) or "")
            try:
                assert answers(answerer_of(tmp_path), ["word7 word8"]) == answers_before
            except IndexProblem:
                refused += 1
            flip(path, bit)
        tally(
            f"bits flipped in files of many blocks: {flips} of {flips} refused by the deep check, "
            f"{refused} by a question, which the others did not change"
        )


def flip(path: Path, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def forge(world: Path, change: Callable[[Any], object]) -> None:
    """Changes the manifest and makes ``CURRENT`` match, as another program might."""
    path = generation_of(world) / MANIFEST
    data = json.loads(path.read_bytes())
    change(data)
    raw = json.dumps(data).encode()
    path.write_bytes(raw)
    seal(world, raw)


def seal(world: Path, manifest: bytes) -> None:
    checksum = xxhash.xxh3_128_hexdigest(manifest)
    name = generation_of(world).name
    (index_of(world) / CURRENT).write_text(f"{name} {checksum}\n")


class TestVersions:
    """Older format: "index again"; newer format, another analyzer: ERR."""

    @pytest.mark.parametrize(
        ("version", "remedy"),
        [
            (FORMAT - 1, "run `qa index --full PATH`"),
            (FORMAT + 1, "upgrade grounded-qa"),
            (str(FORMAT), "run `qa index --full PATH`"),
            (None, "run `qa index --full PATH`"),
            (True, "run `qa index --full PATH`"),
        ],
    )
    def test_format(self, world: Path, version: object, remedy: str) -> None:
        forge(world, lambda data: data.update(format=version))
        with pytest.raises(IndexIncompatible, match=remedy):
            StoredIndex(index_of(world))
        with pytest.raises(IndexIncompatible):
            build_in(world)

    @pytest.mark.parametrize("change", [{"version": -1}, {"stemmers": "another"}])
    def test_analyzer(self, world: Path, change: dict[str, object]) -> None:
        forge(world, lambda data: data["analyzer"].update(change))
        with pytest.raises(IndexIncompatible, match="analyzer"):
            StoredIndex(index_of(world))

    def test_full_indexing_is_the_remedy(self, worlds: Worlds, world: Path) -> None:
        forge(world, lambda data: data.update(format=FORMAT + 1))
        build_in(world, full=True)
        assert state_of(world) == worlds.new


class TestDisagreement:
    """Checksums right but counts that disagree: ERR."""

    @pytest.mark.parametrize("by", [-1, 1, 1 << 40])
    @pytest.mark.parametrize(
        "count", ["documents", "passages", "sentences", "dimension", "row_count"]
    )
    def test_counts(self, world: Path, count: str, by: int) -> None:
        def change(data: Any) -> None:
            places = (data["model"], data["counts"], data["statistics"])
            next(place for place in places if count in place)[count] += by

        forge(world, change)
        with pytest.raises(IndexDamaged, match="run `qa index --full PATH`"):
            answers(answerer_of(world))

    def test_files(self, world: Path, tally: Tally) -> None:
        """For each file in turn: wrong shape, type or size, or missing from the manifest."""
        whole = (generation_of(world) / MANIFEST).read_bytes()
        names = list(json.loads(whole)["files"])
        changes: dict[str, Callable[[Any], object]] = {
            "one row less": lambda file: _resize(file, -1),
            "one row more": lambda file: _resize(file, 1),
            "rows of another width": lambda file: file.update(shape=[*file["shape"], 1]),
            "another type": lambda file: file.update(dtype=_other(file["dtype"])),
            "Python objects": lambda file: file.update(dtype="|O"),
            "another size": lambda file: file.update(size=file["size"] + 8),
        }
        refused = 0
        for name in names:
            for change in changes.values():

                def apply(data: Any, name: str = name, change: Any = change) -> None:
                    change(data["files"][name])

                forge(world, apply)
                assert answers_or_refusal(world) is None, (name, change)
                refused += 1
                (generation_of(world) / MANIFEST).write_bytes(whole)

            def drop(data: dict[str, Any], name: str = name) -> None:
                del data["files"][name]

            forge(world, drop)
            assert answers_or_refusal(world) is None, name
            refused += 1
            (generation_of(world) / MANIFEST).write_bytes(whole)
        tally(f"manifests that disagree with the files: {refused} of {refused} refused")

    @pytest.mark.parametrize(
        "name", ["../../texts/ferry.txt", "/etc/passwd", "..", "a/b", "", "a\0b", "CURRENT"]
    )
    def test_files_elsewhere_are_not_opened(self, world: Path, name: str) -> None:
        def change(data: Any) -> None:
            data["files"][name] = data["files"].pop(layout.TEXTS)

        forge(world, change)
        with pytest.raises(IndexDamaged, match="is not a manifest"):
            StoredIndex(index_of(world))

    def test_another_generation_under_this_name(self, world: Path) -> None:
        forge(world, lambda data: data.update(generation=77))
        with pytest.raises(IndexDamaged, match="another generation"):
            StoredIndex(index_of(world))


def _resize(file: Any, rows: int) -> None:
    """Sets another number of rows, with a file size to match."""
    if not file["shape"]:
        file["size"] += rows
        return
    row = file["size"] // max(file["shape"][0], 1)
    file["shape"][0] += rows
    file["size"] += rows * row


def _other(dtype: Any) -> Any:
    """Another type of the same size; for bytes, an array of bytes."""
    if dtype is None:
        return "|u1"
    if isinstance(dtype, list):
        return [["number", "<i8"]]
    return {"<f4": "<i4", "<i4": "<f4", "<i8": "<u8", "|i1": "|u1", "|u1": "|i1"}.get(dtype, "<f8")


class _Payload:
    """Creates a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self._folder,)


class TestPayloads:
    """A pickle payload in any file: never executed. `CURRENT` outside the folder: ERR."""

    def test_pickles(self, worlds: Worlds, world: Path, tmp_path: Path, tally: Tally) -> None:
        executed = tmp_path / "executed"
        payload = pickle.dumps(_Payload(executed))
        array = tmp_path / "array.npy"
        np.save(array, np.array([_Payload(executed)], dtype=object), allow_pickle=True)
        tried = 0
        for path in files_of(world):
            whole = path.read_bytes()
            for raw in (payload, array.read_bytes()):
                # Also padded to the file's length, so that the size does not reveal it.
                for content in (raw, raw.ljust(len(whole), b".")[: max(len(whole), len(raw))]):
                    path.write_bytes(content)
                    assert_refused(world, path, worlds.new[0])
                    tried += 1
            path.write_bytes(whole)
        seal(world, payload)
        (generation_of(world) / MANIFEST).write_bytes(payload)
        with pytest.raises(IndexDamaged, match="is not a manifest"):
            StoredIndex(index_of(world))
        assert not executed.exists()
        pickle.loads(payload)
        assert executed.exists()
        tally(f"pickles in place of files: {tried + 1} of {tried + 1} refused, none executed")

    @pytest.mark.parametrize(
        "place", ["../outside", "/tmp", "gen-000001/../../outside", "gen-1", "", "."]
    )
    def test_current_leads_outside(self, world: Path, place: str) -> None:
        shutil.copytree(generation_of(world), world / "outside")
        checksum = (index_of(world) / CURRENT).read_text().split()[1]
        (index_of(world) / CURRENT).write_text(f"{place} {checksum}\n")
        with pytest.raises(IndexDamaged, match="CURRENT does not name a generation"):
            StoredIndex(index_of(world))
