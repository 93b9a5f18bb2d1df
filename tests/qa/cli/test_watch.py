"""``qa watch`` in a real process, with the real model."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import COMMAND, environment, run_command


class Watch:
    """A running `qa watch`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "watch", *arguments],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self) -> str:
        """The next line on stderr, without its time."""
        assert self.process.stderr is not None
        return re.sub(r"^qa: \d\d:\d\d:\d\d ", "", self.process.stderr.readline().rstrip("\n"))

    def event(self) -> dict[str, Any]:
        """The next event on stdout."""
        assert self.process.stdout is not None
        event: dict[str, Any] = json.loads(self.process.stdout.readline())
        return event

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; the exit code, and the rest of stderr."""
        self.process.send_signal(number)
        _, told = self.process.communicate(timeout=60)
        return self.process.returncode, told


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/ferry.txt").write_text("The ferry leaves at nine.")
    return tmp_path


@pytest.fixture
def watches() -> Iterator[list[Watch]]:
    started: list[Watch] = []
    yield started
    for each in started:
        each.process.kill()
        each.process.wait()
        for stream in (each.process.stdout, each.process.stderr):
            if stream is not None:
                stream.close()


def test_a_line_for_each_change_and_sigterm_ends_it(notes: Path, watches: list[Watch]) -> None:
    watch = Watch(notes, "notes")
    watches.append(watch)
    assert re.fullmatch(r"added notes/ferry\.txt \(1 document, 1 passage, [\d.]+ s\)", watch.told())
    assert watch.told() == "watching notes"
    (notes / "notes/train.txt").write_text("The train leaves at ten.")
    assert watch.told().startswith("added notes/train.txt (2 documents, 2 passages, ")
    (notes / "notes").rename(notes / "elsewhere")
    assert watch.told().startswith(
        "waiting: notes is gone; the index still holds its documents (2)"
    )
    (notes / "elsewhere").rename(notes / "notes")
    assert watch.told() == "watching notes"
    assert watch.end(signal.SIGTERM) == (0, "qa: stopped\n")
    answer = run_command("ask", "When does the train leave?", "--json", folder=notes)
    assert json.loads(answer.stdout)["citations"][0]["quote"] == "The train leaves at ten."


def test_json_has_a_line_for_each_event_and_sigint_interrupts(
    notes: Path, watches: list[Watch]
) -> None:
    watch = Watch(notes, "notes", "--json", "--quiet", "--poll", "0.5")
    watches.append(watch)
    event = watch.event()
    assert (event["schema"], event["event"]) == ("qa.watch/1", "updated")
    assert event["report"]["added"] == ["notes/ferry.txt"]
    event = watch.event()
    assert (event["event"], event["paths"], event["poll"]) == ("watching", ["notes"], 0.5)
    (notes / "notes/ferry.txt").write_text("The ferry leaves at ten.")
    assert watch.event()["report"]["changed"] == ["notes/ferry.txt"]
    assert watch.end(signal.SIGINT) == (130, "qa: interrupted\n")


def test_a_reader_that_has_gone_ends_it(notes: Path, watches: list[Watch]) -> None:
    watch = Watch(notes, "notes", "--json", "--quiet")
    watches.append(watch)
    watch.event()
    watch.event()
    assert watch.process.stdout is not None
    watch.process.stdout.close()
    (notes / "notes/ferry.txt").write_text("The ferry leaves at ten.")
    assert watch.process.wait(60) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nowhere",), 2, "nowhere: no such file or folder"),
        ((), 3, "no index in"),
        (("--poll", "0", "notes"), 2, "poll must be a number of seconds"),
        (("--poll", "soon", "notes"), 2, "'soon' is not a number"),
    ],
)
def test_wrong_usage_is_one_line(
    notes: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    result = run_command("watch", *arguments, folder=notes)
    assert (result.returncode, result.stdout) == (code, "")
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
