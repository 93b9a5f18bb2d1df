"""Hostile files: each is read or refused with a reason in bounded time, and costs no other."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qa_index import formats
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.formats import UnreadableSource
from qa_index.parsing import Parsers, pool
from qa_index.parsing.limits import Limits
from tests.faults import hostile
from tests.faults.hostile import HOSTILE, SECRET
from tests.faults.world import ENCODER

LIMITS = Limits(memory=512 << 20, seconds=5, seconds_per_megabyte=0.5)
"""Smaller than those of a build, so that the tests are quick."""
LONG = {
    *("overlapping-entries.docx", "million-paragraphs.docx", "huge-attribute.docx"),
    *("one-long-string-everywhere.xlsx", "50000-messages.mbox", "million-operators.pdf"),
    *("one-long-line.html", "endless-entities.html", "unclosed-inline.html", "bars.rst"),
    *("unclosed-quote.csv", "quotes.csv", "million-columns.csv", "deep.jsonl"),
    *("huge-number.jsonl", "groups.tex", "the-same-page-100000-times.pdf"),
}
"""Files with so much text, or so slow, that indexing them would only keep this machine busy."""
SLACK = 10
"""Seconds beyond a limit, on a machine with other work."""


@pytest.fixture(scope="module")
def server() -> Iterator[list[str]]:
    """Listens, and notes who connects."""
    came: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            came.append("someone")
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    hostile.listening = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield came
    listener.close()


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("secret") / "secret.txt"
    path.write_text(SECRET)
    hostile.secret_path = str(path)
    return path


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    with Parsers(limits=LIMITS) as found:
        yield found


def has_format(name: str) -> bool:
    try:
        formats.format_of_name(name)
    except UnreadableSource:
        return False
    return True


KNOWN = [name for name in HOSTILE if has_format(name)]


def test_there_are_enough_kinds() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_read_or_refused(
    name: str, parsers: Parsers, server: list[str], secret: Path
) -> None:
    if not has_format(name):
        pytest.skip("no format of this package reads it")
    data = HOSTILE[name]()
    began = time.monotonic()
    try:
        parsed = parsers.parse(data, name=name)
    except UnreadableSource as error:
        reason = str(error)
        assert reason.strip()
        assert "\n" not in reason
        assert "failed on it" not in reason, "an error that the format does not expect"
    else:
        assert SECRET not in parsed.text
        assert parsed.text.strip() or parsed.gaps, "empty, and nothing says why"
    assert time.monotonic() - began < LIMITS.seconds_for(len(data)) + SLACK
    assert not server


def test_everything_else_is_indexed(
    tmp_path: Path,
    server: list[str],
    secret: Path,
    monkeypatch: pytest.MonkeyPatch,
    tally: Callable[[str], None],
) -> None:
    monkeypatch.setattr(pool, "Limits", lambda: LIMITS)
    sources = tmp_path / "sources"
    sources.mkdir()
    written = {name for name in KNOWN if name not in LONG}
    for name in written:
        (sources / name).write_bytes(HOSTILE[name]())
    for number in range(5):
        (sources / f"{'amz'[number % 3]}{number}.md").write_text(f"# Good\n\nFile {number}.")
    before = set(Path("/tmp").glob("*was-here*")) | set(tmp_path.parent.glob("*was-here*"))
    report = build([sources], tmp_path / ".qa", encoder=ENCODER, jobs=2)
    documents = {Path(each.path).name for each in StoredIndex(tmp_path / ".qa").documents()}
    skipped = {Path(each.path).name: each.reason for each in report.skipped}
    assert {f"{'amz'[number % 3]}{number}.md" for number in range(5)} <= documents
    assert documents | set(skipped) >= written
    assert not documents & set(skipped)
    assert not server
    after = set(Path("/tmp").glob("*was-here*")) | set(tmp_path.parent.glob("*was-here*"))
    assert after == before
    assert {path.name for path in tmp_path.iterdir()} == {".qa", "sources"}
    # A second run asks no parser again: that would take as long as the first.
    began = time.monotonic()
    again = build([sources], tmp_path / ".qa", encoder=ENCODER, jobs=2)
    assert again.idle
    assert {Path(each.path).name for each in again.skipped} == set(skipped)
    assert time.monotonic() - began < 20
    tally(f"{len(written)} hostile files beside 5 others: {len(skipped)} refused, none lost")
