"""Faults 17 to 27: no source, however odd, stops others from being indexed or is misquoted."""

import codecs
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import regex

from qa_index.building.report import BuildReport
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.records import StoredPassage
from qa_index.records import Span
from qa_index.sources import files
from tests.faults import workers
from tests.faults.processes import CONTEXT
from tests.faults.test_disk import open_descriptors
from tests.faults.world import THOROUGH, answerer_of, build_in, index_of

Tally = Callable[[str], None]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
thorough = pytest.mark.skipif(not THOROUGH, reason="takes long; set QA_THOROUGH=1")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder with one plain text, which must be indexed whatever else is in the folder."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "plain.txt").write_text("The plain text is always there.")
    return tmp_path


def passages_of(world: Path, name: str) -> Iterator[StoredPassage]:
    index = StoredIndex(index_of(world))
    for row in range(len(index.passages)):
        passage = index.passage(row)
        if passage.document.path == f"texts/{name}":
            yield passage


def skipped(report: BuildReport) -> dict[str, str]:
    return {Path(path).name: reason for path, reason in report.skipped}


class TestBytes:
    SENTENCES = "Größe zählt nicht.", "Der Fluß heißt Öre.", "Am Ende – so Ärzte – bleibt §5."

    @pytest.mark.parametrize(
        "ends", ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n\r", "\u2028\n\n"], ids=repr
    )
    @pytest.mark.parametrize(
        ("codec", "mark"),
        [
            ("utf-8", b""),
            ("utf-8", codecs.BOM_UTF8),
            ("utf-16-le", codecs.BOM_UTF16_LE),
            ("utf-16-be", codecs.BOM_UTF16_BE),
            ("utf-32-le", codecs.BOM_UTF32_LE),
            ("cp1252", b""),
        ],
    )
    def test_quotes_are_the_characters_of_the_file(
        self, world: Path, codec: str, mark: bytes, ends: str
    ) -> None:
        if codec == "cp1252":
            ends = ends.replace("\u2028", "")
        text = ends.join([*self.SENTENCES, "Und 😀 dazu." if codec[:3] == "utf" else "Ende."])
        data = mark + text.encode(codec)
        (world / "texts" / "odd.txt").write_bytes(data)
        assert build_in(world).documents == 2
        passages = list(passages_of(world, "odd.txt"))
        assert passages
        for passage in passages:
            assert passage.text == text[passage.start : passage.end]
            before = len(mark) + len(text[: passage.start].encode(codec))
            quoted = passage.text.encode(codec)
            assert data[before : before + len(quoted)] == quoted

    @pytest.mark.parametrize(
        "data",
        [
            bytes(range(256)) * 8,
            b"text with a NUL \0 in it",
            codecs.BOM_UTF16_LE + b"odd",
            b"\x7fELF\x02\x01\x01" + b"\0\x01\x02\x03" * 50,
            b"\x89PNG\r\n\x1a\n" + os.urandom(2000),
        ],
        ids=["all bytes", "NUL", "half of UTF-16", "program", "picture"],
    )
    def test_binary_data_is_skipped(self, world: Path, data: bytes) -> None:
        (world / "texts" / "odd.txt").write_bytes(data)
        report = build_in(world)
        assert report.documents == 1
        assert list(skipped(report)) == ["odd.txt"]
        assert "\n" not in skipped(report)["odd.txt"]

    def test_nothing_is_cut_inside_a_character_that_a_person_sees(self, world: Path) -> None:
        signs = (
            "👩‍👩‍👧‍👦 e\u0301\u0323 🇩🇪🇫🇷 שָׁלוֹם نَصّ ก็ \u0915\u094d\u0937\u093f 👍🏽 a" + "\u0301" * 40
        )
        (world / "texts" / "signs.txt").write_text(
            (signs + " ") * 150 + signs.replace(" ", "") * 50
        )
        build_in(world)
        text = (world / "texts" / "signs.txt").read_text()
        edges = {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}
        spans = [
            span
            for passage in passages_of(world, "signs.txt")
            for span in (Span(passage.start, passage.end), *passage.sentences)
        ]
        assert len(spans) > 20
        assert {edge for span in spans for edge in span} <= edges


class TestChanges:
    """A file that changes, shrinks or vanishes while it is read: read again or SKIP."""

    @pytest.mark.parametrize("change", ["gone", "pipe", "folder", "binary", "loop"])
    def test_between_planning_and_reading(
        self, world: Path, monkeypatch: pytest.MonkeyPatch, change: str
    ) -> None:
        odd = world / "texts" / "odd.txt"
        odd.write_text("An odd text that does not stay.")
        read, seen = files.read_bytes, 0

        def read_and_change(path: Path) -> bytes:
            nonlocal seen
            data = read(path)
            if path == odd and not seen:
                seen = 1
                odd.unlink()
                if change == "pipe":
                    os.mkfifo(odd)
                elif change == "folder":
                    odd.mkdir()
                elif change == "binary":
                    odd.write_bytes(bytes(100))
                elif change == "loop":
                    odd.symlink_to(odd)
            return data

        monkeypatch.setattr(files, "read_bytes", read_and_change)
        report = build_in(world)
        assert report.documents == 1
        assert list(skipped(report)) == ["odd.txt"]

    def test_its_content_as_it_was_read_is_what_is_indexed(
        self, world: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        odd = world / "texts" / "odd.txt"
        odd.write_text("The first version of it.")
        read = files.read_bytes

        def read_and_change(path: Path) -> bytes:
            data = read(path)
            if path == odd:
                odd.write_text("The second version of it, which is longer.")
            return data

        monkeypatch.setattr(files, "read_bytes", read_and_change)
        build_in(world)
        (passage,) = passages_of(world, "odd.txt")
        assert passage.text == "The second version of it, which is longer."
        assert not answerer_of(world).ask("second version?").citations[0].source.stale


@needs_root
class TestPermissions:
    """Unreadable file or folder: SKIP. A read-only index: `ask` works, `index` ERR."""

    NOBODY = 65534

    def build(self, world: Path) -> tuple[str, dict[str, str]]:
        """The outcome of a build by another user, and the files it skipped."""
        for path in (world, *world.rglob("*")):
            os.chown(path, self.NOBODY, self.NOBODY)
        world.chmod(0o755)
        here, there = CONTEXT.Pipe(duplex=False)
        child = CONTEXT.Process(target=workers.build_as, args=(world, self.NOBODY, there))
        child.start()
        told: tuple[str, dict[str, str]] = here.recv()
        child.join(60)
        return told

    def test_forbidden_files_and_folders_are_skipped(self, world: Path) -> None:
        (world / "texts" / "odd.txt").write_text("Nobody may read this.")
        (world / "texts" / "odd").mkdir()
        (world / "texts" / "odd" / "inner.txt").write_text("Nor this.")
        (world / "texts" / "odd.txt").chmod(0)
        (world / "texts" / "odd").chmod(0)
        told, left_out = self.build(world)
        assert told == "done"
        assert set(left_out) == {"odd.txt", "odd"}
        assert {reason.lower() for reason in left_out.values()} == {"permission denied"}

    def test_a_forbidden_index_answers_but_is_not_written(self, world: Path) -> None:
        build_in(world)
        (world / "texts" / "more.txt").write_text("There is more.")
        index_of(world).chmod(0o500)
        (index_of(world) / "lock").chmod(0o400)
        told, _ = self.build(world)
        assert "Permission denied" in told
        assert told.endswith("as it was before")


class TestNames:
    def test_links_and_odd_names(self, world: Path, tmp_path: Path) -> None:
        texts = world / "texts"
        outside = tmp_path / "outside.txt"
        outside.write_text("This lies elsewhere and must not be read.")
        (texts / "out.txt").symlink_to(outside)
        (texts / "loop.txt").symlink_to(texts / "loop.txt")
        (texts / "circle").symlink_to(texts)
        names = ["a\nb.txt", "c\x1b[31m.txt", "\u202etxt.exe.txt", "d" * 240 + ".txt"]
        for name in names:
            (texts / name).write_text(f"Something in {names.index(name)}.")
        Path(os.fsdecode(os.fsencode(texts) + b"/\xff.txt")).write_text("Unnamed.")
        os.mkfifo(texts / "pipe.txt")
        report = build_in(world)
        assert report.documents == 1 + len(names)
        assert set(skipped(report)) == {"out.txt", "loop.txt", "\udcff.txt", "pipe.txt"}
        assert not any("elsewhere" in p.text for p in passages_of(world, "out.txt"))
        answerer = answerer_of(world)
        found = {citation.source.path for citation in answerer.ask("Something in", k=10).citations}
        assert {f"texts/{name}" for name in names} <= found

    def test_duplicates_and_hard_links_have_stable_citations(self, world: Path) -> None:
        texts = world / "texts"
        (texts / "b.txt").write_bytes((texts / "plain.txt").read_bytes())
        (texts / "c.txt").hardlink_to(texts / "plain.txt")
        build_in(world)
        first = answerer_of(world).ask("What is always there?")
        build_in(world, full=True)
        again = answerer_of(world).ask("What is always there?")
        assert first.citations == again.citations
        (citation,) = first.citations
        places = [citation.source.path, *(place.path for place in citation.also_in)]
        assert sorted(places) == ["texts/b.txt", "texts/c.txt", "texts/plain.txt"]


class TestSize:
    """Bounded memory and time."""

    def measure(self, world: Path) -> workers.Measured:
        here, there = CONTEXT.Pipe(duplex=False)
        child = CONTEXT.Process(target=workers.measured_build, args=(world, there))
        child.start()
        measured: workers.Measured = here.recv()
        child.join(600)
        return measured

    @pytest.mark.parametrize(
        ("unit", "megabytes"),
        [
            pytest.param("The harbour was quiet, and nobody spoke of 1,250 boats. ", 2, id="line"),
            pytest.param("x", 1, id="word"),
            pytest.param("\u4e2d", 1, id="word of an unspaced script"),
            pytest.param("é-", 1, id="compound"),
            pytest.param(
                "The harbour was quiet, and nobody spoke of 1,250 boats. ",
                100,
                id="line of 100 MB",
                marks=thorough,
            ),
        ],
    )
    def test_one_line(self, world: Path, unit: str, megabytes: int, tally: Tally) -> None:
        size = megabytes * 1_000_000
        text = (unit * (size // len(unit.encode()) + 1)).encode()[:size].decode("utf-8", "ignore")
        (world / "texts" / "long.txt").write_text(text)
        measured = self.measure(world)
        # Measured 2 s and 9 MB per megabyte; quadratic code takes hours.
        assert measured.seconds < 20 + 15 * megabytes
        assert measured.growth < (100 + 25 * megabytes) * 1_000_000
        assert all(
            passage.text == text[passage.start : passage.end]
            for passage in passages_of(world, "long.txt")
        )
        tally(
            f"one line of {megabytes} MB of {unit[:12]!r}: {measured.seconds:.0f} s, "
            f"{measured.growth / 1e6:.0f} MB"
        )

    @pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=thorough)])
    def test_many_files(self, world: Path, count: int, tally: Tally) -> None:
        for number in range(count):
            path = world / "texts" / str(number // 1000) / f"{number}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"File {number} says little.")
        before = open_descriptors()
        measured = self.measure(world)
        assert measured.documents == count + 1
        assert measured.descriptors == 0
        assert measured.growth < 50_000_000 + 6_000 * count
        assert open_descriptors() == before
        tally(
            f"{count:,} small files: {measured.seconds:.0f} s, {measured.growth / 1e6:.0f} MB, "
            "no descriptor left open"
        )
        shutil.rmtree(world / "texts")
