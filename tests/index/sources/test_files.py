"""Which files are found, in which order, and how they are read; on a real file system."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import pytest

from qa_index.errors import InputError
from qa_index.formats import UnreadableSource
from qa_index.sources import files
from qa_index.sources.files import FoundFile, Skipped, find_files, read_bytes

Tree = Callable[..., Path]


@pytest.fixture(autouse=True)
def _a_hang_is_a_failure() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TimeoutError("hangs")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Creates a folder with the named files; a name that ends in ``/`` is a folder."""

    def make(*names: str) -> Path:
        root = tmp_path / "root"
        for name in names:
            path = root / name
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("text")
        return root

    return make


def found(
    root: Path, *more: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()
) -> list[str]:
    """Relative paths of the files found."""
    return [
        os.path.relpath(entry.path, root)
        for entry in find_files([root, *more], include=include, exclude=exclude)
        if isinstance(entry, FoundFile)
    ]


def skipped(root: Path) -> dict[str, str]:
    return {
        os.path.relpath(entry.path, root): entry.reason
        for entry in find_files([root])
        if isinstance(entry, Skipped)
    }


class TestOrder:
    def test_is_by_name_in_each_folder(self, tree: Tree) -> None:
        root = tree("b.txt", "a/z.txt", "a/b/c.txt", "a-b.txt", "B.txt")
        assert found(root) == ["B.txt", "a/b/c.txt", "a/z.txt", "a-b.txt", "b.txt"]

    def test_does_not_depend_on_how_paths_are_given(self, tree: Tree) -> None:
        root = tree("a/x.txt", "b/y.txt")
        one = list(find_files([root / "a", root / "b" / "y.txt"]))
        assert list(find_files([str(root / "b" / "y.txt"), root / "a", root / "a"])) == one

    def test_paths_are_given_back_as_they_came(
        self, tree: Tree, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tree("a/x.txt").parent)
        assert list(find_files(["root"])) == [FoundFile(Path("root/a/x.txt"))]

    def test_overlapping_paths_give_a_file_once(self, tree: Tree) -> None:
        root = tree("a/x.txt", "a/y.txt", "b.txt")
        assert found(root, root / "a", root / "a" / "y.txt", root) == [
            "a/x.txt",
            "a/y.txt",
            "b.txt",
        ]


class TestExcludes:
    def test_hidden_names_are_passed_over(self, tree: Tree) -> None:
        root = tree(".git/config", ".qa/CURRENT", ".hidden.txt", "a/.b/c.txt", "seen.txt")
        assert found(root) == ["seen.txt"]
        assert skipped(root) == {}

    def test_hidden_names_that_are_given_are_taken(self, tree: Tree) -> None:
        root = tree(".notes/a.txt", ".b.txt", "c.txt")
        assert found(root, root / ".notes", root / ".b.txt") == ["c.txt", ".b.txt", ".notes/a.txt"]

    def test_a_folder_that_holds_an_index_is_passed_over(self, tree: Tree) -> None:
        assert found(tree("index/CURRENT", "index/gen-000001/texts.txt", "a.txt")) == ["a.txt"]

    def test_gitignore(self, tree: Tree) -> None:
        root = tree("a.log", "keep.log", "build/x.txt", "docs/build/y.txt", "docs/a.log", "z.txt")
        (root / ".gitignore").write_text("*.log\n!keep.log\n/build/\n# comment\n\n")
        assert found(root) == ["docs/build/y.txt", "keep.log", "z.txt"]

    def test_a_deeper_gitignore_overrules(self, tree: Tree) -> None:
        root = tree("a.txt", "sub/a.txt", "sub/b.txt", "sub/deep/b.txt")
        (root / ".gitignore").write_text("a.txt\n")
        (root / "sub" / ".gitignore").write_text("!a.txt\n/b.txt\n")
        assert found(root) == ["sub/a.txt", "sub/deep/b.txt"]

    def test_a_malformed_gitignore_line_is_ignored(self, tree: Tree) -> None:
        root = tree("a.txt", "b.txt")
        (root / ".gitignore").write_bytes(b"!\n\xff\xfe\nb.txt\n")
        assert found(root) == ["a.txt"]

    def test_a_gitignore_that_is_a_pipe_is_not_opened(self, tree: Tree) -> None:
        root = tree("a.txt")
        os.mkfifo(root / ".gitignore")
        assert found(root) == ["a.txt"]

    def test_include_and_exclude(self, tree: Tree) -> None:
        root = tree("a.txt", "b.md", "docs/c.md", "docs/old/d.md", "e.rst")
        assert found(root, include=("*.md",)) == ["b.md", "docs/c.md", "docs/old/d.md"]
        assert found(root, include=("*.md",), exclude=("old/",)) == ["b.md", "docs/c.md"]
        assert found(root, include=("/docs/*.md", "*.rst")) == ["docs/c.md", "e.rst"]

    def test_a_file_that_is_given_is_taken_whatever_is_excluded(self, tree: Tree) -> None:
        root = tree("a.txt", "b.txt")
        (root / ".gitignore").write_text("a.txt\n")
        assert found(root, root / "a.txt", exclude=("b.txt",)) == ["a.txt"]

    def test_a_malformed_pattern_is_an_error(self, tree: Tree) -> None:
        with pytest.raises(InputError, match="--exclude"):
            find_files([tree("a.txt")], exclude=("!",))


class TestLinks:
    def test_inside_the_folder_give_a_file_once(self, tree: Tree) -> None:
        root = tree("a/x.txt")
        (root / "b").symlink_to("a")
        (root / "c.txt").symlink_to("a/x.txt")
        assert found(root) == ["a/x.txt"]

    def test_to_what_is_not_found_otherwise_are_followed(self, tree: Tree) -> None:
        root = tree(".store/x.txt")
        (root / "c.txt").symlink_to(".store/x.txt")
        assert found(root) == ["c.txt"]

    def test_out_of_the_folder_are_skipped(self, tree: Tree) -> None:
        root = tree("a.txt")
        (root.parent / "secret.txt").write_text("text")
        (root.parent / "root2").mkdir()
        (root / "s.txt").symlink_to("../secret.txt")
        (root / "up").symlink_to("..")
        (root / "sibling").symlink_to("../root2")
        reason = "it is a link that leads out of the folder"
        assert found(root) == ["a.txt"]
        assert skipped(root) == {"s.txt": reason, "up": reason, "sibling": reason}

    def test_loops_end(self, tree: Tree) -> None:
        root = tree("a/x.txt")
        (root / "a" / "loop").symlink_to("..")
        (root / "self").symlink_to("self")
        assert found(root) == ["a/x.txt"]
        assert skipped(root) == {"self": "too many levels of symbolic links"}

    def test_to_nowhere_are_skipped(self, tree: Tree) -> None:
        root = tree("a.txt")
        (root / "b.txt").symlink_to("gone.txt")
        assert skipped(root) == {"b.txt": "no such file or directory"}

    def test_that_are_given_are_followed(self, tree: Tree) -> None:
        root = tree("a/x.txt")
        link = root.parent / "link"
        link.symlink_to(root)
        assert [entry.path for entry in find_files([link])] == [link / "a/x.txt"]

    def test_hard_links_are_two_files(self, tree: Tree) -> None:
        root = tree("a.txt")
        (root / "b.txt").hardlink_to(root / "a.txt")
        assert found(root) == ["a.txt", "b.txt"]


@contextmanager
def _nested(root: Path, name: str, *, depth: int) -> Iterator[int]:
    """A descriptor of the innermost of ``depth`` folders; their path may be too long to open."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        deeper = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    yield here
    os.close(here)


class TestOddities:
    def test_pipes_sockets_and_devices_are_skipped_unopened(self, tree: Tree) -> None:
        root = tree("a.txt")
        os.mkfifo(root / "pipe.txt")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.path.relpath(root / "socket.txt"))
        listener.close()
        assert found(root) == ["a.txt"]
        assert skipped(root) == {
            "pipe.txt": "it is a named pipe, not a file",
            "socket.txt": "it is a socket, not a file",
        }
        assert list(find_files(["/dev/null"])) == [
            Skipped(Path("/dev/null"), "it is a device, not a file")
        ]

    def test_names_with_line_ends_and_escapes_are_carried_through(self, tree: Tree) -> None:
        names = ["a\nb.txt", "c\x1b[31m.txt", "d e.txt", "ü\u202e.txt"]
        assert found(tree(*names)) == names

    def test_names_that_are_no_utf8_are_skipped(self, tree: Tree) -> None:
        root = tree("a.txt", "b/")
        (root / os.fsdecode(b"\xff.txt")).touch()
        (root / os.fsdecode(b"b\xfe")).mkdir()
        reason = "its name is not valid UTF-8"
        assert found(root) == ["a.txt"]
        assert skipped(root) == {"\udcff.txt": reason, "b\udcfe": reason}

    def test_a_missing_path_is_an_error_that_names_it(self, tree: Tree) -> None:
        root = tree("a.txt")
        with pytest.raises(InputError, match=r"gone\.txt: no such file"):
            find_files([root, root / "gone.txt"])

    def test_deep_folders_do_not_end_the_walk(self, tree: Tree) -> None:
        root = tree("z.txt")
        try:
            with _nested(root, "d", depth=1200) as deepest:  # deeper than recursion goes
                os.close(os.open("x.txt", os.O_CREAT, dir_fd=deepest))
            assert len(found(root)) == 2
        finally:  # pytest removes temporary folders by recursion
            subprocess.run(["rm", "-rf", root], check=True)

    def test_paths_too_long_for_the_system_are_skipped(self, tree: Tree) -> None:
        root = tree("z.txt")
        with _nested(root, "d" * 250, depth=20):
            pass
        assert found(root) == ["z.txt"]
        assert list(skipped(root).values()) == ["file name too long"]

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    def test_forbidden_folders_are_skipped(self, tree: Tree) -> None:
        root = tree("a.txt", "b/x.txt")
        (root / "b").chmod(0)
        try:
            assert found(root) == ["a.txt"]
            assert skipped(root) == {"b": "permission denied"}
        finally:
            (root / "b").chmod(0o700)

    def test_a_folder_that_fails_is_skipped(
        self, tree: Tree, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = tree("a.txt", "b/x.txt", "c.txt")
        iterdir = Path.iterdir

        def failing(path: Path) -> object:
            if path.name == "b":
                raise PermissionError(13, "Permission denied", str(path))
            return iterdir(path)

        monkeypatch.setattr(Path, "iterdir", failing)
        assert found(root) == ["a.txt", "c.txt"]
        assert skipped(root) == {"b": "permission denied"}

    def test_what_vanishes_meanwhile_is_skipped(self, tree: Tree) -> None:
        root = tree("a.txt", "b.txt")
        entries = find_files([root])
        assert next(entries) == FoundFile(root / "a.txt")
        (root / "b.txt").unlink()
        assert next(entries) == Skipped(root / "b.txt", "no such file or directory")


class TestReading:
    def test_gives_the_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(bytes(range(256)) * 1000)
        assert read_bytes(path) == bytes(range(256)) * 1000
        assert read_bytes(str(path)) == bytes(range(256)) * 1000

    def test_an_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").touch()
        assert read_bytes(tmp_path / "a.txt") == b""

    def test_what_cannot_be_opened_is_an_os_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            read_bytes(tmp_path / "gone.txt")

    def test_a_pipe_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UnreadableSource, match="named pipe"):
            read_bytes(tmp_path / "pipe")
        with pytest.raises(UnreadableSource, match="folder"):
            read_bytes(tmp_path)

    def test_a_pipe_put_there_at_the_last_moment_does_not_hang(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a.txt"
        path.write_text("text")
        os_open = os.open

        def swapping(name: Path, flags: int) -> int:
            path.unlink()
            os.mkfifo(path)
            return os_open(name, flags)

        monkeypatch.setattr(os, "open", swapping)
        with pytest.raises(UnreadableSource, match="named pipe"):
            read_bytes(path)

    def test_a_file_that_changes_once_is_read_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a.txt"
        path.write_text("old")
        changes = iter(["longer than before"])
        self.change_while_reading(monkeypatch, path, lambda: next(changes, None))
        assert read_bytes(path) == b"longer than before"

    def test_a_file_that_keeps_changing_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a.txt"
        path.write_text("text")
        sizes = iter(range(1, 100))
        self.change_while_reading(monkeypatch, path, lambda: "x" * next(sizes))
        with pytest.raises(UnreadableSource, match="keeps changing"):
            read_bytes(path)

    def change_while_reading(
        self, monkeypatch: pytest.MonkeyPatch, path: Path, change: Callable[[], str | None]
    ) -> None:
        class Changing(FileIO):
            def readall(self) -> bytes:
                data = super().readall()
                content = change()
                if content is not None:
                    path.write_text(content)
                return data

        monkeypatch.setattr(files, "FileIO", Changing)
        monkeypatch.setattr(files, "_PAUSE", 0)

    def test_a_file_under_constant_change_gives_one_moment_of_it(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(b"a" * 100_000)
        stop = threading.Event()

        def rewrite() -> None:
            while not stop.wait(0.002):
                for letter in (b"a", b"b"):
                    other = tmp_path / "new"
                    other.write_bytes(letter * 100_000)
                    other.replace(path)

        writer = threading.Thread(target=rewrite)
        writer.start()
        try:
            for _ in range(50):
                assert len(set(read_bytes(path))) == 1
        finally:
            stop.set()
            writer.join()


def test_many_files_leave_no_descriptor_open(tree: Tree) -> None:
    root = tree(*(f"{number % 10}/{number}.txt" for number in range(500)))
    before = _open_descriptors()
    for entry in find_files([root]):
        read_bytes(entry.path)
        assert _open_descriptors() == before


def _open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))
