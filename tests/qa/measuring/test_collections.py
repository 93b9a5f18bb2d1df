"""Collections in the cache: built once, also under concurrency, and never used when damaged."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import qa
from qa.measuring.collections import index_collection
from qa_eval import Document
from qa_index.encoding import EncodedPassages, EncoderInput
from tests.support.hashing_encoder import HashingEncoder
from tests.support.processes import child_environment

TEXT = "The tower was finished in 1889. It is made of iron. " + "People climb it daily. " * 80
DOCUMENTS = [Document("b", "Tower", TEXT), Document("a", "", "Bread is baked at six.")]


class CountingEncoder(HashingEncoder):
    """Counts the passages it encodes."""

    encoded = 0

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        self.encoded += len(inputs)
        return super().encode_passages(inputs)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    return tmp_path / "collections"


def folders(cache: Path) -> list[Path]:
    return sorted(path for path in cache.iterdir() if path.is_dir())


def test_made_once_whatever_the_order_of_the_documents(cache: Path) -> None:
    encoder = CountingEncoder()
    told: list[tuple[int, int]] = []
    first = index_collection(DOCUMENTS, encoder=encoder, on_progress=lambda *at: told.append(at))
    assert [document.path for document in first.documents()] == ["a", "b"]
    assert first.text_of(first.document(1)) == TEXT
    assert (encoder.encoded, first.manifest.counts.passages) == (4, 4)
    assert told == sorted(told)
    assert told[-1][0] <= told[-1][1] == sum(len(document.text) for document in DOCUMENTS)
    again = index_collection(DOCUMENTS[::-1], encoder=encoder)
    assert (encoder.encoded, again.folder) == (4, first.folder)


def test_whole_documents_are_one_passage_with_all_their_sentences() -> None:
    index = index_collection([*DOCUMENTS, Document("c", "x", " \n ")], encoder=HashingEncoder(),
                             whole=True)  # fmt: skip
    assert index.manifest.counts.passages == 2
    passage = index.passage(1)
    assert (passage.document.path, passage.text) == ("b", TEXT.strip())
    assert len(passage.sentences) == 82


def test_anything_that_sways_the_index_makes_another(cache: Path) -> None:
    changed = [DOCUMENTS[0]._replace(title="Spire"), DOCUMENTS[1]]
    moved = [Document("b", "TowerT", TEXT[1:]), DOCUMENTS[1]]
    for documents in (DOCUMENTS, changed, moved):
        index_collection(documents, encoder=HashingEncoder())
    index_collection(DOCUMENTS, encoder=HashingEncoder(dimension=32))
    index_collection(DOCUMENTS, encoder=HashingEncoder(), whole=True)
    german = index_collection(DOCUMENTS, encoder=HashingEncoder(), forced_language="de")
    assert len(folders(cache)) == 6
    assert {document.language for document in german.documents()} == {"de"}


def test_text_that_no_file_could_hold() -> None:
    strange = [
        Document("a", "\ud800", "Half a \udc80 character."),
        Document("b", "", "Nothing\0here."),
        Document("c", "", "\ufeffMarked text."),
    ]
    index = index_collection(strange, encoder=HashingEncoder())
    assert index.passage_text(0) == "Half a ? character."
    assert index.manifest.counts.passages == 3


class TestDamage:
    @pytest.mark.parametrize("damage", ["flip", "cut", "remove", "current"])
    def test_a_damaged_index_is_made_again(self, cache: Path, damage: str) -> None:
        encoder = CountingEncoder()
        index = index_collection(DOCUMENTS, encoder=encoder)
        vectors = index.reader.folder / "vectors"
        raw = bytearray(vectors.read_bytes())
        if damage == "flip":
            raw[100] ^= 1
            vectors.write_bytes(raw)
        elif damage == "cut":
            vectors.write_bytes(raw[:-4])
        elif damage == "remove":
            shutil.rmtree(index.reader.folder)
        else:
            (index.folder / "CURRENT").write_bytes(b"nonsense")
        again = index_collection(DOCUMENTS, encoder=encoder)
        assert encoder.encoded == 8
        again.reader.check_all()
        assert len(list(again.folder.glob("gen-*"))) == 1

    def test_what_stopped_builds_left_is_removed(self, cache: Path) -> None:
        for name in ("0123", "4567"):
            (cache / name / "gen-000001").mkdir(parents=True)
        kept = index_collection(DOCUMENTS, encoder=HashingEncoder())
        assert folders(cache) == [kept.folder]
        other = index_collection(DOCUMENTS[1:], encoder=HashingEncoder())
        assert folders(cache) == sorted([kept.folder, other.folder])

    def test_a_cache_that_is_a_file(self, cache: Path) -> None:
        cache.write_text("not a folder")
        with pytest.raises(qa.IndexNotWritable, match="set QA_CACHE"):
            index_collection(DOCUMENTS, encoder=HashingEncoder())


BUILD = """
import sys, time
from pathlib import Path
from qa.measuring.collections import index_collection
from qa_eval import Document
from tests.support.hashing_encoder import HashingEncoder

class Slow(HashingEncoder):
    def encode_passages(self, inputs):
        print("encoding", flush=True)
        time.sleep(float(sys.argv[1]))
        return super().encode_passages(inputs)

documents = [Document(str(n), "", f"Text number {n}.") for n in range(5)]
index = index_collection(documents, encoder=Slow())
print("open", index.manifest.counts.passages, index.generation, flush=True)
"""


def start(seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(seconds)],
        env=child_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )


class TestSeveralProcesses:
    def test_one_makes_it_and_the_others_wait(self) -> None:
        processes = [start(1.0) for _ in range(3)]
        said = [process.communicate(timeout=120)[0].splitlines() for process in processes]
        assert [process.returncode for process in processes] == [0, 0, 0]
        assert sum(lines.count("encoding") for lines in said) == 1
        assert all(lines[-1] == "open 5 1" for lines in said)

    def test_a_killed_build_is_begun_anew(self, cache: Path) -> None:
        killed = start(600)
        assert killed.stdout is not None
        assert killed.stdout.readline() == "encoding\n"
        [folder] = folders(cache)
        index_collection(DOCUMENTS, encoder=HashingEncoder())
        assert folder.exists()  # it is being built, so it must not be removed
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=60)
        done = start(0)
        assert done.communicate(timeout=120)[0].startswith("encoding\nopen 5 ")
        assert len(list(folder.glob("gen-*"))) == 1
