"""Plans of builds and the condition of an index: by name and first bytes, and by pattern."""

import os
import resource
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from qa_index import formats
from qa_index.building.build import build
from qa_index.building.report import BuildReport
from qa_index.collection.local.stored import StoredIndex
from qa_index.errors import RootGone
from qa_index.sources import files
from qa_index.sources.condition import condition_of
from tests.support.hashing_encoder import HashingEncoder

Write = Callable[..., Path]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, which is also the index's folder."""
    monkeypatch.chdir(tmp_path)
    return Path(os.getcwd())  # noqa: PTH109 - as the tool sees it


def write(world: Path, *names: str) -> None:
    for name in names:
        path = world / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"This is what {name} says.")


def make(world: Path, *paths: str, **options: Any) -> BuildReport:
    named = [Path(path) for path in paths]
    return build(named, world / ".qa", encoder=HashingEncoder(), **options)


def indexed(world: Path) -> list[str]:
    return [document.path for document in StoredIndex(world / ".qa").documents()]


def fresh(world: Path) -> bool:
    return condition_of(StoredIndex(world / ".qa")).fresh


def skipped(report: BuildReport) -> dict[str, str]:
    return dict(report.skipped)


class TestHugeFiles:
    """Unused files are not read; the 6 GB are sparse and take no disk space."""

    SIZE = 6 << 30

    @pytest.fixture
    def huge(self, world: Path) -> Path:
        write(world, "texts/a.txt")
        for name in ("film.mp4", "disk.img", "empty.txt", "README"):
            with (world / "texts" / name).open("wb") as file:
                file.truncate(self.SIZE)
        with (world / "texts" / "long.txt").open("wb") as file:
            file.write(b"This begins like a text. " * 1000)
            file.truncate(self.SIZE)
        return world

    def test_are_told_by_name_and_first_bytes(self, huge: Path) -> None:
        report = make(huge, "texts")
        assert indexed(huge) == ["texts/a.txt"]
        told = skipped(report)
        assert told["texts/film.mp4"].startswith(".mp4 files are not read")
        assert told["texts/disk.img"].startswith(".img files are not read")
        assert "NUL" in told["texts/empty.txt"]
        assert "NUL" in told["texts/README"]
        assert told["texts/long.txt"] == (
            "it has 6,442 MB, and files over 256 MB are not read; split it into smaller ones"
        )
        assert fresh(huge)

    def test_are_told_when_they_are_named(self, huge: Path) -> None:
        report = make(huge, "texts/a.txt", "texts/film.mp4", "texts/long.txt")
        assert "it is not text, and .mp4 files are not read" in skipped(report)["texts/film.mp4"]
        assert "6,442 MB" in skipped(report)["texts/long.txt"]

    def test_are_not_read(self, huge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        read = files.read_bytes
        seen: list[str] = []

        def noted(path: Path) -> bytes:
            seen.append(Path(path).name)
            return read(path)

        monkeypatch.setattr(files, "read_bytes", noted)
        make(huge, "texts")
        assert fresh(huge)
        assert set(seen) == {"a.txt"}

    def test_a_file_that_is_refused_by_its_name_is_not_opened(
        self, huge: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        head = files.read_head
        seen: list[str] = []

        def noted(path: Path) -> bytes:
            seen.append(Path(path).name)
            return head(path)

        monkeypatch.setattr(files, "read_head", noted)
        make(huge, "texts")
        assert sorted(seen) == ["README", "a.txt", "empty.txt", "long.txt"]

    def test_take_no_memory(self, huge: Path) -> None:
        context = get_context("spawn")
        here, there = context.Pipe(duplex=False)
        child = context.Process(target=_build_and_measure, args=(huge, there))
        child.start()
        before, after = here.recv()
        child.join(60)
        assert after - before < 50_000_000


def _build_and_measure(world: Path, told: Connection) -> None:
    (world / "texts" / "film.mp4").rename(world / "texts" / "film.txt")
    formats.parse(b"Some text.", name="a.txt")
    before = _peak()
    make(world, str(world / "texts"))
    assert fresh(world)
    told.send((before, _peak()))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class TestWhatIsRead:
    def test_code_and_settings_in_folders_are(self, world: Path) -> None:
        write(world, "src/a.py", "src/b.js", "src/c.toml", "src/d.csv", "src/Makefile", "src/e.xyz")
        report = make(world, "src")
        assert indexed(world) == ["src/Makefile", "src/a.py", "src/b.js", "src/c.toml", "src/d.csv"]
        assert skipped(report) == {
            "src/e.xyz": ".xyz files are not read; name the file itself if it is text"
        }

    def test_a_file_that_is_named_is_if_it_is_text(self, world: Path) -> None:
        write(world, "a/one.xyz", "a/two.xyz", "a/.hidden", "page.html")
        (world / "a/song.mp3").write_bytes(bytes(100))
        report = make(world, "a", "a/two.xyz", "a/.hidden", "page.html", "a/song.mp3")
        assert indexed(world) == ["a/.hidden", "a/two.xyz", "page.html"]
        assert sorted(skipped(report)) == ["a/one.xyz", "a/song.mp3"]
        assert fresh(world)
        (world / "a/two.xyz").write_text("It says something else.")
        assert not fresh(world)
        assert make(world).changed == ("a/two.xyz",)

    def test_a_text_that_turns_out_binary_later_on_is_told_and_not_new(self, world: Path) -> None:
        write(world, "a/a.txt")
        (world / "a/b.txt").write_bytes(b"Text. " * 5000 + b"\0")
        assert "NUL" in skipped(make(world, "a"))["a/b.txt"]
        assert fresh(world)


class TestFormatVersions:
    def test_a_document_of_another_version_is_parsed_again(
        self, world: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(world, "a/a.txt", "a/b.md")
        make(world, "a")
        documents = list(StoredIndex(world / ".qa").documents())
        text, markdown = formats.built_in()["text"], formats.built_in()["markdown"]
        assert [(each.format, each.format_version) for each in documents] == [
            ("text", text.version),
            ("markdown", markdown.version),
        ]
        assert make(world).idle
        monkeypatch.setattr("qa_index.formats.plain.FORMAT", _newer(text))
        _forget_formats()
        try:
            report = make(world)
        finally:
            monkeypatch.undo()
            _forget_formats()
        assert (report.changed, report.unchanged) == (("a/a.txt",), 1)
        assert report.encoded == 0  # the text is the same, and so are its vectors


def _newer(one: formats.Format) -> formats.Format:
    return formats.Format(one.name, one.version + 1, one.suffixes, one.parse)


def _forget_formats() -> None:
    from qa_index.formats import registry

    registry.built_in.cache_clear()
    registry._by_suffix.cache_clear()


class TestPatterns:
    NAMES = "a.md", "docs/b.md", "docs/c.txt", "sub/docs/d.md", "sub/e.md"

    @pytest.mark.parametrize(
        ("pattern", "found"),
        [
            ("*.md", ["a.md", "docs/b.md", "sub/docs/d.md", "sub/e.md"]),
            ("docs/", ["docs/b.md", "docs/c.txt", "sub/docs/d.md"]),
            ("docs/*.md", ["docs/b.md"]),
            ("/docs/*.md", ["docs/b.md"]),
            ("**/b.md", ["docs/b.md"]),
            ("!docs/", ["a.md", "sub/e.md"]),
        ],
    )
    def test_include(self, world: Path, pattern: str, found: list[str]) -> None:
        write(world, *self.NAMES)
        make(world, ".", include=pattern)
        assert indexed(world) == found
        assert fresh(world)

    def test_exclude(self, world: Path) -> None:
        write(world, *self.NAMES)
        make(world, ".", exclude=["docs/", "a.*", "!a.md"])
        assert indexed(world) == ["a.md", "sub/e.md"]

    def test_they_start_from_the_folder_of_the_index_and_not_from_the_one_that_is_given(
        self, world: Path
    ) -> None:
        write(world, *self.NAMES)
        make(world, "sub", include="/sub/docs/*.md")
        assert indexed(world) == ["sub/docs/d.md"]

    def test_from_a_folder_below_they_mean_the_same_later_on(
        self, world: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(world, *self.NAMES)
        monkeypatch.chdir(world / "sub")
        make(world, "..", include="docs/*.md")
        assert indexed(world) == ["docs/b.md", "sub/docs/d.md"]
        monkeypatch.chdir(world)
        assert make(world).idle
        assert fresh(world)


class TestDefaultExcludes:
    JUNK = (
        "p/node_modules/x/README.md",
        "p/venv/lib/a.txt",
        "p/myenv/pyvenv.cfg",
        "p/myenv/lib/a.txt",
        "p/target/CACHEDIR.TAG",
        "p/target/a.txt",
        "p/__pycache__/a.txt",
        "p/x-1.0.dist-info/LICENSE",
        "p/package-lock.json",
        "p/web/app.min.js",
    )

    @pytest.fixture
    def junk(self, world: Path) -> Path:
        write(world, "p/a.txt", "p/web/app.js", *self.JUNK)
        return world

    def test_junk_is_left_out_and_told(self, junk: Path) -> None:
        report = make(junk, "p")
        assert indexed(junk) == ["p/a.txt", "p/web/app.js"]
        assert report.left_out == (
            "p/__pycache__",
            "p/myenv",
            "p/node_modules",
            "p/package-lock.json",
            "p/target",
            "p/venv",
            "p/web/app.min.js",
            "p/x-1.0.dist-info",
        )
        assert report.skipped == ()
        assert fresh(junk)

    def test_without_them_all_is_taken_and_stays(self, junk: Path) -> None:
        report = make(junk, "p", default_excludes=False)
        assert report.left_out == ()
        taken = set(self.JUNK) - {"p/target/CACHEDIR.TAG"}
        assert set(indexed(junk)) == {"p/a.txt", "p/web/app.js", *taken}
        assert fresh(junk)
        assert make(junk).idle
        assert make(junk, "p").removed

    def test_one_of_them_can_be_taken(self, junk: Path) -> None:
        make(junk, "p", exclude=["!node_modules/", "!/p/myenv/"])
        assert indexed(junk) == [
            "p/a.txt", "p/myenv/lib/a.txt", "p/myenv/pyvenv.cfg", "p/node_modules/x/README.md",
            "p/web/app.js",
        ]  # fmt: skip

    def test_what_is_named_is_taken(self, junk: Path) -> None:
        make(junk, "p/node_modules", "p/package-lock.json")
        assert indexed(junk) == ["p/node_modules/x/README.md", "p/package-lock.json"]

    def test_what_gitignore_leaves_out_is_not_counted(self, junk: Path) -> None:
        (junk / "p" / ".gitignore").write_text("node_modules/\n*.min.js\n")
        left_out = make(junk, "p").left_out
        assert not {"p/node_modules", "p/web/app.min.js"} & set(left_out)


class TestTheIndexItself:
    def test_is_not_indexed_while_it_is_made(self, world: Path) -> None:
        write(world, "a.txt")
        build([world], world / "index", encoder=HashingEncoder())
        assert [each.path for each in StoredIndex(world / "index").documents()] == ["a.txt"]


class TestGoneRoots:
    """With ``keep_gone``, what cannot be read stays as it was."""

    @pytest.fixture
    def gone(self, world: Path) -> Path:
        write(world, "disk/a.txt", "disk/b.txt", "notes/c.txt", "notes/d.txt")
        make(world, "disk", "notes")
        (world / "disk").rename(world / "elsewhere")
        write(world, "notes/e.txt")
        (world / "notes/d.txt").unlink()
        return world

    def test_keep_their_documents_and_others_are_updated(self, gone: Path) -> None:
        report = make(gone, keep_gone=True)
        assert (report.added, report.changed, report.removed) == (
            ("notes/e.txt",),
            (),
            ("notes/d.txt",),
        )
        assert indexed(gone) == ["disk/a.txt", "disk/b.txt", "notes/c.txt", "notes/e.txt"]
        stored = StoredIndex(gone / ".qa")
        stored.reader.check_all()
        assert [root.path for root in stored.manifest.roots] == ["disk", "notes"]
        (gone / "elsewhere").rename(gone / "disk")
        assert fresh(gone)

    def test_without_it_nothing_is_updated(self, gone: Path) -> None:
        with pytest.raises(RootGone, match="disk is gone"):
            make(gone)
        assert indexed(gone)[-1] == "notes/d.txt"

    def test_a_build_that_copies_nothing_cannot_keep_them(self, gone: Path) -> None:
        with pytest.raises(RootGone, match="disk is gone"):
            make(gone, keep_gone=True, language="de")
        with pytest.raises(RootGone, match="disk is gone"):
            make(gone, keep_gone=True, full=True)
