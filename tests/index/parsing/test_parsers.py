"""Worker processes: real ones, really killed, with a format that does what the file says."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest

from qa_index import formats, parsing
from qa_index.errors import ParserUnavailable
from qa_index.formats import UnreadableSource
from qa_index.parsing import Parsers, calls
from qa_index.parsing.limits import Limits
from qa_index.parsing.pool import ParsersClosed
from qa_index.records import Cells, Fragment, Mark, MarkKind, Rectangle, Span
from tests.support.command import ROOT, environment
from tests.support.foreign_format import installed

LIMITS = Limits(memory=1 << 30, seconds=20)
HASTY = Limits(memory=1 << 30, seconds=0.7, seconds_per_megabyte=0)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@pytest.fixture(autouse=True)
def _foreign_format(tmp_path: Path) -> Iterator[None]:
    with installed(tmp_path):
        yield


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    with Parsers(limits=LIMITS) as found:
        yield found


def text(parsers: Parsers, data: str) -> str:
    return parsers.parse(data.encode(), name="a.foreign").text


def pid(parsers: Parsers) -> int:
    return int(text(parsers, "pid"))


def reason(parsers: Parsers, data: str) -> str:
    with pytest.raises(UnreadableSource) as caught:
        text(parsers, data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until_gone(process: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not is_gone(process) and time.monotonic() < end:
        time.sleep(0.02)
    return is_gone(process)


class TestParsing:
    def test_the_record_is_that_of_the_format(self, parsers: Parsers) -> None:
        found = parsers.parse(b"Some text, h\xc3\xa9!", name="a.foreign")
        assert (found.format, found.version) == ("foreign", 3)
        assert found.text == "Some text, hé!"
        assert pid(parsers) != os.getpid()

    def test_text_is_parsed_here(self, parsers: Parsers) -> None:
        data = b"# A\n\nText."
        assert parsers.parse(data, name="a.md") == formats.parse(data, name="a.md")
        assert parsing.parse(data, name="a.md") == formats.parse(data, name="a.md")

    def test_a_worker_is_kept(self, parsers: Parsers) -> None:
        assert pid(parsers) == pid(parsers)

    def test_single_calls_share_one(self) -> None:
        calls._shared.cache_clear()  # an earlier one does not know the format
        first, second = (parsing.parse(b"pid", name="a.foreign").text for _ in range(2))
        assert first == second

    def test_what_is_no_character_is_replaced(self, parsers: Parsers) -> None:
        assert text(parsers, "surrogate") == "a\ufffdb"

    def test_places(self, parsers: Parsers) -> None:
        parsed = parsers.parse(b"some text", name="a.foreign")
        spans = [Span(0, 4), Span(5, 9)]
        found = parsers.locate(b"", parsed, spans, "foreign")
        assert found == [
            (Rectangle(1, start, 0, end, 1.5), Cells("S", word), Fragment("#a"))
            for (start, end), word in zip(spans, ("some", "text"), strict=True)
        ]
        assert parsers.locate(b"", parsed, [], "foreign") == []
        assert parsing.locate(b"", parsed, spans, "markdown") == [(), ()]
        with pytest.raises(UnreadableSource, match="its parser died on it"):
            parsers.locate(b"die", parsed, spans, "foreign")

    def test_pictures_are_compared(self, parsers: Parsers) -> None:
        from PIL import Image

        def picture(shade: int) -> bytes:
            file = BytesIO()
            image = Image.new("RGB", (5, 4), "white")
            image.putpixel((2, 1), (255, shade, 255))
            image.save(file, "PNG")
            return file.getvalue()

        assert parsers.difference(picture(255), picture(255), "pdf") == 0
        assert parsers.difference(picture(215), picture(255), "pdf") == 40
        for broken in (b"\x89PNG\r\n\x1a\n", picture(255)[:-30], b""):
            assert parsers.difference(broken, picture(255), "pdf") is None
        with pytest.raises(UnreadableSource):  # not the fault of the first
            parsers.difference(picture(255), b"\x89PNG\r\n\x1a\n", "pdf")

    def test_a_picture_that_is_not_compared_in_time_is_not_broken(self) -> None:
        with (
            Parsers(limits=Limits(seconds=0.001, seconds_per_megabyte=0)) as hurried,
            pytest.raises(UnreadableSource, match="it took more than"),
        ):
            hurried.difference(b"", b"", "pdf")

    def test_pictures(self, parsers: Parsers) -> None:
        marks = [Mark(MarkKind.EVIDENCE, Rectangle(2, 0, 0, 1, 1.5))]
        picture = parsers.render(b"", 2, marks, "foreign", dots_per_inch=99)
        assert picture.endswith(repr((2, marks, 99)).encode())
        with pytest.raises(UnreadableSource, match="no valid answer"):
            parsers.render(b"junk", 2, marks, "foreign")
        with pytest.raises(UnreadableSource, match="no pictures"):
            parsing.render(b"", 1, [], "text")

    def test_it_has_few_variables_and_no_folder(
        self, parsers: Parsers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_TOKEN", "x")
        folder, *names = text(parsers, "environment").split()
        assert folder == "/"
        assert not {"SECRET_TOKEN", "HOME", "PYTHONPATH"} & set(names)


class TestFaults:
    def test_a_reason_is_passed_on(self, parsers: Parsers) -> None:
        assert reason(parsers, "refuse") == "it is encrypted; save a copy without password"

    def test_an_error_is_one_of_the_file(self, parsers: Parsers) -> None:
        assert reason(parsers, "raise").startswith("the format foreign failed on it (odd")

    def test_deep_recursion(self, parsers: Parsers) -> None:
        assert reason(parsers, "deep") == "it is nested too deeply"

    @pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV, signal.SIGKILL])
    def test_death(self, parsers: Parsers, number: signal.Signals) -> None:
        told = reason(parsers, f"die {number}")
        assert told == f"its parser died on it (signal {number:d}, {number.name})"
        assert text(parsers, "next") == "next"

    def test_an_early_end(self, parsers: Parsers) -> None:
        assert reason(parsers, "leave") == "its parser died on it (exit code 7)"

    def test_death_by_an_earlier_file_is_tried_again(self, parsers: Parsers) -> None:
        before = pid(parsers)
        assert text(parsers, "die-if-second") == "die-if-second"
        assert pid(parsers) != before

    def test_a_worker_that_was_killed_while_idle_is_replaced(self, parsers: Parsers) -> None:
        before = pid(parsers)
        os.kill(before, signal.SIGKILL)
        assert pid(parsers) != before

    def test_a_file_whose_parser_was_killed_from_outside_is_tried_again(
        self, parsers: Parsers, tmp_path: Path
    ) -> None:
        assert text(parsers, f"die-once {tmp_path / 'died'}").startswith("die-once")

    def test_a_hang(self) -> None:
        with Parsers(limits=HASTY) as parsers:
            text(parsers, "warm")
            began = time.monotonic()
            assert reason(parsers, "hang") == "it took more than 0.7 s to read"
            assert time.monotonic() - began < 5
            assert text(parsers, "next") == "next"

    @pytest.mark.parametrize("how", ["memory", "slowly"])
    def test_memory(self, parsers: Parsers, how: str) -> None:
        before = pid(parsers)
        assert reason(parsers, how) == "reading it took more than 1 GiB of memory"
        assert pid(parsers) != before

    def test_too_many_pages(self, parsers: Parsers) -> None:
        assert reason(parsers, "pages") == "it has more than 100,000 pages"

    def test_too_much_text(self) -> None:
        with Parsers() as parsers:
            assert "more than 100,000,000 characters" in reason(parsers, "characters")

    @pytest.mark.parametrize("how", ["lie", "flood"])
    def test_a_worker_that_was_taken_over(self, parsers: Parsers, how: str) -> None:
        before = pid(parsers)
        assert reason(parsers, how) == "its parser gave no valid answer"
        assert wait_until_gone(before)
        assert text(parsers, "next") == "next"

    def test_what_it_prints_is_dropped(
        self, parsers: Parsers, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert text(parsers, "print") == "print"
        assert capfd.readouterr() == ("", "")

    def test_it_connects_to_nobody(self, parsers: Parsers) -> None:
        assert "parsers must not connect to anything" in reason(parsers, "connect")

    def test_it_writes_nothing(self, parsers: Parsers, tmp_path: Path) -> None:
        assert "File too large" in reason(parsers, f"write {tmp_path / 'x'}")
        assert not (tmp_path / "x").exists() or not (tmp_path / "x").read_bytes()

    def test_a_worker_that_cannot_start_is_no_fault_of_the_file(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with (
            Parsers(limits=LIMITS) as parsers,
            pytest.raises(ParserUnavailable, match="exit code 1"),
        ):
            text(parsers, "a")


class TestProcesses:
    def test_no_more_than_jobs_run(self) -> None:
        with Parsers(jobs=2, limits=LIMITS) as parsers, ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: pid(parsers), range(40)))
        assert len(set(found)) <= 2

    def test_several_run_at_once(self) -> None:
        with Parsers(jobs=3, limits=LIMITS) as parsers, ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: text(parsers, "sleep 0.3"), range(3)))  # all are started
            began = time.monotonic()
            list(pool.map(lambda _: text(parsers, "sleep 1"), range(3)))
            assert time.monotonic() - began < 2.5

    def test_closing_is_prompt_and_leaves_none(self) -> None:
        parsers = Parsers(jobs=2, limits=LIMITS)
        worker = pid(parsers)
        caught: list[ParsersClosed] = []

        def hang() -> None:
            try:
                text(parsers, "hang")
            except ParsersClosed as error:
                caught.append(error)

        thread = threading.Thread(target=hang)
        thread.start()
        time.sleep(0.3)
        began = time.monotonic()
        parsers.close()
        thread.join()
        assert time.monotonic() - began < 2
        assert caught
        assert is_gone(worker)
        with pytest.raises(ParsersClosed):
            text(parsers, "a")
        parsers.close()

    def test_they_end_when_nothing_refers_to_them(self) -> None:
        parsers = Parsers(limits=LIMITS)
        worker = pid(parsers)
        del parsers
        assert wait_until_gone(worker)

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_they_end_with_their_parent(self, tmp_path: Path, how: signal.Signals) -> None:
        code = (
            "from qa_index.parsing import Parsers\n"
            "parsers = Parsers()\n"
            "print(parsers.parse(b'pid', name='a.foreign').text, flush=True)\n"
            "parsers.parse(b'sleep 100', name='a.foreign')\n"
        )
        paths = os.pathsep.join([str(tmp_path), str(ROOT), str(ROOT / "index")])
        parent = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(PYTHONPATH=paths),
            text=True,
        )
        with parent:
            assert parent.stdout is not None
            worker = int(parent.stdout.readline())
            parent.send_signal(how)
        assert wait_until_gone(worker, 20)

    def test_the_processor_time_of_an_orphan_is_limited(self) -> None:
        with Parsers(limits=HASTY) as parsers:
            limits = Path(f"/proc/{pid(parsers)}/limits")
            if not limits.exists():
                pytest.skip("no /proc")
            told = limits.read_text()
        soft = {
            name: told.split(name)[1].split()[0] for name in ("Max cpu time", "Max core file size")
        }
        assert 0 < int(soft["Max cpu time"]) < 10
        assert soft["Max core file size"] == "0"
        assert re.search(rf"Max address space +{1 << 30} +{1 << 30}", told)
