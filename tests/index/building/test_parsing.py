"""Builds of files that are parsed in other processes."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from qa_index.building import prefetch
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.errors import InputError
from qa_index.sources.condition import condition_of
from tests.support.foreign_format import installed
from tests.support.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder(dimension=16)


@pytest.fixture(autouse=True)
def _foreign_format(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed(tmp_path_factory.mktemp("packages")):
        yield


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    for number in range(20):
        kind = "md" if number % 3 else "foreign"
        (folder / f"{number:02}.{kind}").write_text(f"File {number} is about the sea.")
    return folder


def test_the_index_does_not_depend_on_the_number_of_processes(
    sources: Path, tmp_path: Path
) -> None:
    (sources / "03.foreign").write_text("sleep 0.5")
    (sources / "06.foreign").write_text("refuse")
    files = []
    for jobs in (1, 4):
        build([sources], tmp_path / "index", encoder=ENCODER, jobs=jobs, full=True)
        files.append(StoredIndex(tmp_path / "index").manifest.files)
    assert files[0] == files[1]


def test_what_cannot_be_parsed_is_skipped_and_not_tried_again(
    sources: Path, tmp_path: Path
) -> None:
    bad, folder = sources / "06.foreign", tmp_path / "index"
    bad.write_text(f"die {signal.SIGSEGV:d}")
    report = build([sources], folder, encoder=ENCODER, jobs=2)
    assert (report.documents, len(report.added)) == (19, 19)
    assert [Path(file.path).name for file in report.skipped] == [bad.name]
    assert "signal 11" in report.skipped[0].reason
    condition = condition_of(StoredIndex(folder))
    assert condition.fresh
    assert condition.skipped == report.skipped

    began = time.monotonic()
    again = build([], folder, encoder=ENCODER)
    assert again.idle
    assert again.generation == report.generation
    assert again.skipped == report.skipped
    assert time.monotonic() - began < 5

    bad.write_text("Now it is about rivers.")
    assert condition_of(StoredIndex(folder)).new
    assert build([], folder, encoder=ENCODER).added == (report.skipped[0].path,)
    bad.write_text("refuse")
    broken = build([], folder, encoder=ENCODER)
    assert (broken.changed, broken.removed) == ((), (report.skipped[0].path,))
    assert build([], folder, encoder=ENCODER).idle


def test_a_file_whose_parser_was_killed_is_tried_again(sources: Path, tmp_path: Path) -> None:
    """The system kills when it runs out of memory, which may be no fault of the file."""
    bad = sources / "06.foreign"
    bad.write_text(f"die {signal.SIGKILL:d}")
    report = build([sources], tmp_path / "index", encoder=ENCODER)
    assert "signal 9" in report.skipped[0].reason
    assert condition_of(StoredIndex(tmp_path / "index")).new == (report.skipped[0].path,)


def test_a_full_build_tries_again(sources: Path, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    (sources / "06.foreign").write_text(f"if-there {flag}")
    report = build([sources], tmp_path / "index", encoder=ENCODER)
    assert len(report.skipped) == 1
    flag.write_text("")
    assert build([], tmp_path / "index", encoder=ENCODER).documents == 19
    assert build([], tmp_path / "index", encoder=ENCODER, full=True).documents == 20


@pytest.mark.parametrize("jobs", [0, -1, "2"])
def test_an_impossible_number_of_processes(sources: Path, tmp_path: Path, jobs: int) -> None:
    with pytest.raises(InputError, match="jobs"):
        build([sources], tmp_path / "index", encoder=ENCODER, jobs=jobs)


class TestLimits:
    def test_what_weighs_more_than_it_seemed_holds_the_others_up(self) -> None:
        begun: list[int] = []
        options = {"weigh": lambda _: 1, "weigh_begun": lambda _: 10, "limit": 15}

        def begin(item: int) -> int:
            begun.append(item)
            return item

        with closing(
            prefetch.prefetch(begin, lambda item, _: item, range(14), threads=2, **options)  # type: ignore[arg-type]
        ) as results:
            done = []
            time.sleep(0.1)
            for item, _ in results:
                done.append(item)
                time.sleep(0.02)
                # Two may weigh more than the limit, and two threads may be at work.
                assert len(begun) <= len(done) + 4
        assert done == list(range(14))

    def test_closing_stops_what_is_waited_for(self) -> None:
        stopped = threading.Event()
        results = prefetch.prefetch(
            lambda item: item == 0 or stopped.wait(30),
            lambda item, _: item,
            range(10),
            threads=3,
            weigh=lambda _: 1,
            weigh_begun=lambda _: 1,
            limit=5,
            stop=stopped.set,
        )
        assert next(results) == (0, 0)
        began = time.monotonic()
        results.close()
        assert time.monotonic() - began < 5
