"""An index whose documents a cluster prepared and encoded is that of this machine.

The cluster is in this process here; ``test_ray`` has a real one.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qa_index.building import build as building
from qa_index.building.build import build
from qa_index.building.cluster import connection, tasks, workers
from qa_index.building.cluster.address import Address
from qa_index.building.cluster.messages import Job
from qa_index.building.cluster.workers import BYTES_PER_CORE, TASKS_PER_CORE
from qa_index.errors import InputError, WorkersUnavailable
from qa_index.parsing import Recognition
from tests.support.hashing_encoder import HashingEncoder
from tests.support.pdfs import mixed
from tests.support.ray_here import ClusterHere

ADDRESS = "ray://127.0.0.2"
FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture
def clusters(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ClusterHere]]:
    """The clusters that were connected to."""
    made: list[ClusterHere] = []

    def connect(*how: Any) -> ClusterHere:
        made.append(ClusterHere(*how))
        return made[-1]

    monkeypatch.setattr(workers, "Cluster", connect)
    monkeypatch.setattr(building, "require_ray", lambda: None)
    monkeypatch.setattr(tasks, "_encoder", lambda name, sha256: HashingEncoder())
    yield made
    tasks._parsers().close()
    tasks._parsers.cache_clear()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in ("bees.pdf", "Strict.docx", "password-protected.pdf", "stanley-cups.xlsx"):
        (folder / name).write_bytes((FIXTURES / name).read_bytes())
    for number in range(12):
        text = f"# Part {number}\n\nThe harbour holds ship {number}. It is big.\n\n" * (number + 1)
        (folder / f"part{number:02}.md").write_text(text)
    (folder / "empty.txt").touch()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    return folder


def contents(index: Path) -> dict[str, bytes]:
    """The files of the live generation, but for what says when it was made."""
    generation = index / (index / "CURRENT").read_text().split()[0]
    return {
        path.name: path.read_bytes()
        for path in sorted(generation.iterdir())
        if path.name not in {"manifest.json", "checksums"}
    }


def both(sources: Path, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The reports of a build here and of one on the cluster, whose indexes are the same."""
    reports = []
    for name, where in (("here", None), ("there", ADDRESS)):
        index = sources.parent / name
        report = build([sources], index, encoder=HashingEncoder(), workers=where, **options)
        reports.append(report.to_dict() | {"seconds": 0})
    assert contents(sources.parent / "here") == contents(sources.parent / "there")
    return reports[0], reports[1]


class TestTheIndexIsTheSame:
    def test_built_and_updated(self, sources: Path, clusters: list[ClusterHere]) -> None:
        here, there = both(sources)
        assert here == there
        assert here["skipped"]
        assert {name for name, *_ in clusters[0].sent} == {"look", "prepare", "encode"}
        (sources / "part03.md").write_text("# Another\n\nThe harbour is empty.")
        (sources / "part05.md").unlink()
        (sources / "part99.md").write_text("# Last\n\nA lighthouse was built in 1890.")
        here, there = both(sources)
        assert here == there
        assert here["added"] == ("sources/part99.md",)
        assert here["removed"] == ("sources/part05.md",)
        prepared = [arguments for name, *arguments in clusters[1].sent if name == "prepare"]
        assert [file[0] for file, _ in prepared] == ["sources/part03.md", "sources/part99.md"]

    def test_nobody_is_asked_when_nothing_changed(
        self, sources: Path, clusters: list[ClusterHere]
    ) -> None:
        both(sources)
        both(sources)
        assert len(clusters) == 1

    @pytest.mark.parametrize("workers_see", ["nothing", "half"])
    def test_files_that_workers_do_not_see_are_sent(
        self,
        sources: Path,
        clusters: list[ClusterHere],
        monkeypatch: pytest.MonkeyPatch,
        workers_see: str,
    ) -> None:
        read = tasks._read

        def partly(file: Any) -> bytes | None:
            seen = workers_see == "half" and file.path < "sources/part04.md"
            return read(file) if seen else None

        monkeypatch.setattr(tasks, "_read", partly)
        if workers_see == "half":  # the file that they are asked about at first is seen
            (sources / "empty.txt").unlink()
            (sources / "a.md").write_text("A.")
        here, there = both(sources)
        assert here == there
        sent = [data is not None for name, _, data in
                (each for each in clusters[0].sent if each[0] == "prepare")]  # fmt: skip
        assert all(sent) == (workers_see == "nothing")
        assert any(sent)

    def test_a_file_that_changes_after_it_was_planned(
        self, sources: Path, clusters: list[ClusterHere], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look = workers.ClusterWorkers._look

        def change(self: Any, planned: Any) -> None:
            look(self, planned)
            (sources / "part01.md").write_text("# Newer\n\nIt was changed meanwhile.")

        monkeypatch.setattr(workers.ClusterWorkers, "_look", change)
        build([sources], sources.parent / "there", encoder=HashingEncoder(), workers=ADDRESS)
        sent = [file[0] for name, file, data in
                (each for each in clusters[0].sent if each[0] == "prepare") if data]  # fmt: skip
        assert sent == ["sources/part01.md"]  # and none of those that come later
        monkeypatch.undo()
        build([sources], sources.parent / "here", encoder=HashingEncoder())
        for name in ("texts.utf8", "vectors", "postings.rows"):
            here, there = (contents(sources.parent / each)[name] for each in ("here", "there"))
            assert here == there


class TestMachinesThatAreUnlike:
    def test_a_format_that_workers_lack(
        self,
        sources: Path,
        clusters: list[ClusterHere],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """It is parsed by this machine, and that is told once."""
        monkeypatch.setattr(tasks, "_has_format", lambda file, data: file.format[0] != "markdown")
        here, there = both(sources)
        assert here == there
        told = [each for each in caplog.messages if "prepared on this machine" in each]
        assert told == [
            "sources/part00.md: prepared on this machine, as are others like it: not all workers "
            "have the format markdown as it has"
        ]

    def test_a_recogniser_that_workers_have_and_this_machine_has_not(
        self,
        tmp_path: Path,
        clusters: list[ClusterHere],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Only what has pictures is prepared by this machine."""

        class Other(Recognition):
            identity = "tesseract 9.9 xyz"

        monkeypatch.setattr(tasks, "_recognition", lambda ocr, languages: Other())
        folder = tmp_path / "sources"
        folder.mkdir()
        (folder / "mixed.pdf").write_bytes(mixed())
        (folder / "text.pdf").write_bytes((FIXTURES / "bees.pdf").read_bytes())
        here, there = both(folder)
        assert here == there
        assert [each.split(":")[0] for each in caplog.messages] == ["sources/mixed.pdf"]


class TestBounds:
    def test_so_many_tasks_are_sent_ahead(
        self, sources: Path, clusters: list[ClusterHere], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("qa_index.building.encode.SLICE", 2)
        monkeypatch.setattr("qa_index.building.write.FIRST_WINDOW", 2)
        both(sources)
        [cluster] = clusters
        of_a_kind = TASKS_PER_CORE * cluster.cores() + 1
        assert of_a_kind < cluster.most <= 2 * of_a_kind

    def test_so_many_bytes_are_sent_ahead(
        self, sources: Path, clusters: list[ClusterHere], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert BYTES_PER_CORE > 1 << 20
        monkeypatch.setattr(workers, "BYTES_PER_CORE", 1)
        here, there = both(sources)
        assert here == there
        assert clusters[0].most <= 2 + TASKS_PER_CORE * 2 + 1


class TestUsage:
    def test_ray_is_not_installed(self, sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection, "find_spec", lambda name: None)
        with pytest.raises(InputError, match=r"pip install 'grounded-qa\[ray\]'"):
            build([sources], sources.parent / ".qa", encoder=HashingEncoder(), workers=ADDRESS)

    def test_an_address_that_is_none(self, sources: Path) -> None:
        with pytest.raises(InputError, match="ray://HOST"):
            build([sources], sources.parent / ".qa", encoder=HashingEncoder(), workers="4")


@pytest.mark.parametrize("host", ["head..example", "a" * 70])
def test_a_host_that_is_no_name_is_told(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = SimpleNamespace(is_initialized=lambda: False, shutdown=lambda: None)
    monkeypatch.setattr(connection, "_import_ray", lambda: ray)

    def look_up(address: tuple[str, int], **_: object) -> None:
        address[0].encode("idna")  # what Python does before it asks anybody

    monkeypatch.setattr("socket.create_connection", look_up)
    job = Job("model", "", None, "auto", "", "", "")
    with pytest.raises(WorkersUnavailable, match=f"no Ray cluster answers at ray://{host}:10001"):
        connection.Cluster(Address.parse(f"ray://{host}"), job)


def test_what_runs_on_workers_tells_that_the_model_is_missing() -> None:
    job = ("no-such-model", "0" * 64, None, "auto", "auto", "", "")
    assert tasks.run("encode", job, []) == (tasks.NO_MODEL,)
