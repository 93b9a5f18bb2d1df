"""Indexing on a real Ray cluster: the index of this machine, and nothing lost when parts of it die.

The head and each machine have an address of loopback, in a network of their own, as Ray listens on
all addresses. ``QA_THOROUGH=1`` kills more of them, over more documents, and tries what goes wrong
otherwise.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import postgres
from tests.support.ray_cluster import ADDRESS, HEAD, MISSING, RayCluster

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"it needs {MISSING}")

ROOT = Path(__file__).parents[4]
THOROUGH = os.environ.get("QA_THOROUGH") == "1"
thorough = pytest.mark.skipif(not THOROUGH, reason="takes minutes; set QA_THOROUGH=1")

DOCUMENTS = 120 if THOROUGH else 14
KILLS = 6 if THOROUGH else 1
"""Of workers, and of machines."""
SECRET = "swordfish-4711"
SECONDS = 900
"""For one command, on a machine that does much else."""
DATED = {"manifest.json", "checksums"}
"""Files of a generation that say when it was made."""


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: str
    notes: str
    """Standard error, without progress."""


class World:
    """Documents, a cluster whose second machine does not see some of them, and indexes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = folder / "sources"
        words = " ".join(each.read_text() for each in (ROOT / "seeds").glob("*.txt")).split()
        rng = random.Random(1)
        shutil.copytree(ROOT / "tests/fixtures", self.sources / "formats")
        shutil.copytree(ROOT / "seeds", self.sources / "hidden")
        (self.sources / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
        (self.sources / "empty.txt").touch()
        for number in range(DOCUMENTS):
            sentences = (" ".join(rng.choices(words, k=14)) + "." for _ in range(160))
            (self.sources / f"{number:03}.txt").write_text("\n".join(sentences))
        (folder / "ray").mkdir()
        self.cluster = RayCluster(folder / "ray")
        self.data = {"QA_DATA": str(folder / "data"), "PGPASSWORD": SECRET}

    def start(
        self, index: str, *options: str, on_cluster: bool = True, **variables: str
    ) -> "subprocess.Popen[str]":
        """``qa index`` of the sources, into an address or a folder of that name."""
        place = index if "://" in index else str(self.folder / index)
        command = ["index", str(self.sources), "--index", place, "--model", "minilm", *options]
        workers = ["--workers", ADDRESS] if on_cluster else []
        return self.cluster.qa(*command, *workers, **{**self.data, **variables})

    def contents(self, index: str) -> dict[str, bytes]:
        """The files of the live generation, but for ``DATED``."""
        folder = self.folder / index
        generation = folder / (folder / "CURRENT").read_text().split()[0]
        return {each.name: each.read_bytes() for each in generation.iterdir()
                if each.name not in DATED}  # fmt: skip

    def has_index(self, index: str) -> bool:
        return (self.folder / index / "CURRENT").exists()

    def encoding(self, process: "subprocess.Popen[str]") -> list[int]:
        """The workers that encode; none if the command has ended."""
        found: list[int] = []

        def begun() -> bool:
            found[:] = self.cluster.find("ray::qa encode")
            return bool(found) or process.poll() is not None

        self.cluster.wait_until(begun, SECONDS)
        return found


def done(process: "subprocess.Popen[str]") -> Done:
    out, err = process.communicate(timeout=SECONDS)
    notes = [line for line in err.splitlines() if not line.startswith("qa: indexing: ")]
    return Done(process.returncode, out, "\n".join(notes))


def is_of(process: int, number: int) -> bool:
    """Whether a process is ``process`` or was started by it. Raises ``OSError`` if it is gone."""
    while number not in {0, process}:
        status = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
        number = int(status.rpartition(")")[2].split()[1])
    return number == process


def report(told: Done) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told.out)
    return found | {"seconds": 0, "index": ""}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="qa-ray-") as name:
        found = World(Path(name))
        try:
            found.cluster.add("127.0.0.3")
            found.cluster.add("127.0.0.4", hidden=found.sources / "hidden")
            yield found
        finally:
            found.cluster.close()


@pytest.fixture(scope="module")
def here(world: World) -> Done:
    """What the command leaves that does without workers."""
    return done(world.start("here", "--json", on_cluster=False))


def test_the_index_and_what_is_said_are_the_same(world: World, here: Done) -> None:
    """And of the command's environment, nothing reaches the processes and logs of the cluster."""
    process = world.start("there", "--json")
    seen: set[bytes] = set()
    while process.poll() is None:
        for number in world.cluster.network.processes():
            with suppress(OSError):
                if not is_of(process.pid, number):
                    seen |= {
                        Path(f"/proc/{number}/{n}").read_bytes() for n in ("environ", "cmdline")
                    }
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
    there = done(process)
    assert (there.code, there.notes) == (here.code, here.notes)
    assert report(there) == report(here)
    assert report(there)["skipped"]
    assert world.contents("there") == world.contents("here")
    assert len(seen) > 10
    assert not [each for each in seen if SECRET.encode() in each]
    logs = [each for each in (world.folder / "ray").rglob("*") if each.is_file()]
    assert logs
    assert not [each for each in logs if SECRET.encode() in each.read_bytes()]


class TestNothingIsLost:
    """The index is the same as if nothing had died."""

    def test_workers_and_machines_are_killed(self, world: World, here: Done) -> None:
        """First workers, then one of two machines in turn, while another one takes its place."""
        process = world.start("killed")
        killed: set[int] = set()
        while len(killed) < KILLS and (found := world.encoding(process)):
            world.cluster.network.kill(found[0])
            killed.add(found[0])
        hosts = ["127.0.0.3", *(f"127.0.0.{5 + number}" for number in range(KILLS))]
        died = 0
        for host, next_one in pairwise(hosts):
            died += bool(world.encoding(process))
            world.cluster.kill_node(host)
            world.cluster.add(next_one)
        told = done(process)
        assert (told.code, told.notes) == (0, here.notes)
        assert killed
        assert died
        assert world.contents("killed") == world.contents("here")

    @pytest.mark.usefixtures("here")
    def test_the_command_is_interrupted(self, world: World) -> None:
        """The index is as it was, no task goes on, and the same command ends the work."""
        process = world.start("interrupted")
        assert world.encoding(process)
        process.send_signal(signal.SIGINT)
        told = done(process)
        assert told.code == 130
        assert told.notes.startswith("qa: interrupted; there is no index yet")
        assert not world.has_index("interrupted")
        world.cluster.wait_until(lambda: not world.cluster.find("ray::qa"))
        assert done(world.start("interrupted")).code == 0
        # Batches are others than in one go, and so may be the last bits of vectors.
        for name in ("texts.utf8", "documents.jsonl", "postings.rows"):
            assert world.contents("interrupted")[name] == world.contents("here")[name]


@pytest.mark.skipif(bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed")
@pytest.mark.usefixtures("here")
def test_an_index_in_postgresql_is_the_same(world: World) -> None:
    with world.cluster.network.entered():
        server = postgres.Server()
        try:
            server.start()
            place = server.new_database("library")
            assert done(world.start(f"{place}?root={world.folder}")).code == 0
            for source, copy in ((place, "from"), (str(world.folder / "here"), "beside")):
                command = "copy", source, str(world.folder / copy)
                assert done(world.cluster.qa(*command, **world.data))[0] == 0
        finally:
            server.remove()
    one, other = world.contents("from"), world.contents("beside")
    assert [name for name in other if one.get(name) != other[name]] == []


class TestWhatIsWrongIsToldInOneLine:
    """With exit code 6, and the index as it was."""

    def check(self, told: Done, said: str) -> None:
        assert told.code == 6, told
        assert told.out == ""
        [line] = told.notes.splitlines()
        assert said in line

    def test_no_cluster_answers(self, world: World) -> None:
        address = ADDRESS.replace("10001", "9")
        told = done(world.start("none", "--workers", address, on_cluster=False))
        self.check(told, f"no Ray cluster answers at {address} (Connection refused)")
        assert not world.has_index("none")

    @thorough
    def test_another_version_a_missing_one_and_no_core(self, world: World) -> None:
        """In one test, as each takes all other machines away."""
        cluster = world.cluster
        for number in range(3, 20):
            cluster.kill_node(f"127.0.0.{number}")
        for number, (body, said) in enumerate(
            [
                ("def tool_version():\n    return '0.0.9'\n", "has grounded-qa 0.0.9"),
                ("raise ImportError\n", "lacks grounded-qa"),
            ]
        ):
            package = world.folder / f"version{number}" / "qa_index"
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
            (package / "version.py").write_text(body)
            host = f"127.0.0.{20 + number}"
            cluster.add(host, PYTHONPATH=str(package.parent))
            self.check(done(world.start("wrong")), f"the worker {host} {said}")
            cluster.kill_node(host)
        # Until the head has noticed that the machine died, it seems to be there.
        self.check(done(world.start("wrong")), f"the Ray cluster at {ADDRESS} has no ")
        assert not world.has_index("wrong")

    @thorough
    def test_the_head_dies(self, world: World) -> None:
        """What was encoded is kept."""
        world.cluster.add("127.0.0.30")
        process = world.start("headless", RAY_CLIENT_RECONNECT_GRACE_PERIOD="2")
        journal = world.folder / "headless" / "encoded.journal"
        world.cluster.wait_until(lambda: journal.exists() or process.poll() is not None, SECONDS)
        for part in ("gcs_server", "ray.util.client.server", f"--node_ip_address={HEAD} "):
            for number in world.cluster.find(part):
                world.cluster.network.kill(number)
        self.check(done(process), f"the Ray cluster at {ADDRESS} does not answer any more")
        assert journal.exists()
        assert not world.has_index("headless")


@thorough
def test_a_cluster_with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not know the token is turned away, in one line."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "a" * 64)
    with tempfile.TemporaryDirectory(prefix="qa-ray-") as name:
        world = World(Path(name))
        try:
            world.cluster.add("127.0.0.3")
            assert done(world.start("known")).code == 0
            told = done(world.start("unknown", RAY_AUTH_TOKEN="b" * 64))
            assert told.code == 6
            assert len(told.notes.splitlines()) == 1
        finally:
            world.cluster.close()
