"""The service under load: several clients, beside the library, while the index changes.

    python -m eval.benchmarks.serving [--clients 8] [--questions 10000] [--generations 100]

Serves a copy of the seeds on 127.0.0.1 and asks the questions about them in rounds, each client on
a connection of its own. Spread evenly over them, the index is built again, each generation with
another document that says its number, and every answer is compared with the generation that it
names. In each round the library is asked, too: in as many threads, and one question at a time.
Other work on the machine changes times from one minute to the next; ratios are within rounds. The
figures are filed as ``eval/benchmarks/results/DATE-COMMIT/serving.json``.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import argparse
import json
import math
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import qa
from eval import laboratory
from eval.peers.comparing import describe_machine

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
QUESTIONS = ROOT / "eval/questions/seeds.jsonl"
MARK = "Which number has the generation of the counting house?"
ROUNDS = 50


@dataclass(slots=True)
class Seen:
    """What clients saw, shared between them."""

    statuses: Counter[int] = field(default_factory=Counter)
    mixed: list[str] = field(default_factory=list)
    generations: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of each question, and resident memory of the service afterwards in MB."""

    service: list[float]
    threads: list[float]
    """The library in as many threads as there are clients."""
    alone: list[float]
    """The library, one question at a time."""
    memory: float


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("benchmarks.serving", __doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--generations", type=int, default=100)
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="end after the round in which they are over"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and file what was measured; 1 if there was an error or a mixed answer."""
    chosen = parse(arguments)
    with TemporaryDirectory() as folder:
        report = measured(Path(folder), chosen)
    laboratory.publish(report, chosen.out, "serving")
    return int(bool(report["mixed"]) or set(report["statuses"]) != {200} or report["exit"] != 0)


def measured(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """One run in an empty folder."""
    commit, machine = laboratory.commit(), describe_machine()
    shutil.copytree(SEEDS, folder / "seeds")
    build_generation(folder, 1)
    asked = [json.loads(line)["question"] for line in QUESTIONS.read_text().splitlines()]
    process, port = started(folder)
    seen = Seen()
    rounds: list[Round] = []
    over = threading.Event()
    changing = threading.Thread(target=change, args=(folder, chosen, seen, over))
    until = time.monotonic() + 60 * chosen.minutes
    with qa.open(folder / ".qa") as session:
        session.ask(MARK)
        changing.start()
        for number in range(ROUNDS):
            size = chosen.questions * (number + 1) // ROUNDS - chosen.questions * number // ROUNDS
            chance = random.Random(number)
            questions = chance.choices(asked, k=size)
            questions[::20] = [MARK] * len(questions[::20])
            few = chance.choices(asked, k=max(2 * chosen.clients, size // 10))
            to_service = partial(ask_service, port, deque(questions), seen)
            to_library = partial(ask_library, session, deque(few))
            done = Round(
                service=in_threads(chosen.clients, to_service),
                threads=in_threads(chosen.clients, to_library),
                alone=ask_library(session, deque(few[: chosen.clients])),
                memory=memory_of(process.pid),
            )
            rounds.append(done)
            print(f"round {number + 1} of {ROUNDS}: {told_of(done, seen)}", file=sys.stderr)
            if time.monotonic() > until:
                break
        over.set()
        changing.join()
    process.terminate()
    return {
        "schema": "qa.serving/1",
        "commit": commit,
        "machine": machine,
        "clients": chosen.clients,
        "exit": process.wait(600),
        **reduced(seen, rounds),
    }


def build_generation(folder: Path, number: int) -> None:
    """A generation with a document that says its number."""
    text = f"The generation of the counting house has the number {number}.\n"
    (folder / "seeds" / "count.txt").write_text(text)
    report = qa.index([folder / "seeds"], into=folder / ".qa")
    if report.generation != number:
        raise SystemExit(f"generation {report.generation} instead of {number}")


def change(folder: Path, chosen: argparse.Namespace, seen: Seen, over: threading.Event) -> None:
    """Build one generation after the other, each when its share of the questions is asked."""
    for number in range(chosen.generations):
        while seen.statuses.total() < number * chosen.questions // chosen.generations:
            if over.wait(0.05):
                return
        build_generation(folder, number + 2)


def started(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The service, and its port."""
    command = [sys.executable, "-m", "qa", "serve", "--port", "0", "--quiet"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"listening at http://.*:(\d+)", line):
            return process, int(found[1])
    raise SystemExit("the service did not start")


def in_threads(count: int, ask: Callable[[], list[float]]) -> list[float]:
    """Seconds of all questions that a call asks in each of some threads."""
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(ask) for _ in range(count)]
        return [each for future in futures for each in future.result()]


def taken(shared: deque[str]) -> Iterator[str]:
    """Questions that several threads take from one another."""
    with suppress(IndexError):
        while True:
            yield shared.popleft()


def ask_service(port: int, questions: deque[str], seen: Seen) -> list[float]:
    """One client, on one connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    seconds = []
    for question in taken(questions):
        body = json.dumps({"question": question, "k": 5})
        began = time.perf_counter()
        connection.request("POST", "/ask", body, {"content-type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        seconds.append(time.perf_counter() - began)
        seen.statuses[response.status] += 1
        if response.status == 200:
            compare(answer, seen)
    connection.close()
    return seconds


def compare(answer: dict[str, object], seen: Seen) -> None:
    """Note an answer whose passages are of another generation than it says."""
    index, citations = answer["index"], answer["citations"]
    assert isinstance(index, dict)
    assert isinstance(citations, list)
    seen.generations.add(index["generation"])
    for citation in citations:
        found = re.search(r"counting house has the number (\d+)", citation["quote"])
        if found and int(found[1]) != index["generation"]:
            seen.mixed.append(f"{found[1]} in an answer of {index['generation']}")


def ask_library(session: qa.Session, questions: deque[str]) -> list[float]:
    """The same questions without the service."""
    seconds = []
    for question in taken(questions):
        began = time.perf_counter()
        session.ask(question, k=5).to_dict()
        seconds.append(time.perf_counter() - began)
    return seconds


def memory_of(pid: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def reduced(seen: Seen, rounds: Sequence[Round]) -> dict[str, Any]:
    """The figures: times in milliseconds over all rounds, ratios of medians within them."""
    asked = {
        name: [second for each in rounds for second in getattr(each, name)]
        for name in ("service", "threads", "alone")
    }
    ratios = {
        name: [median(each.service) / median(getattr(each, name)) for each in rounds]
        for name in ("threads", "alone")
    }
    return {
        "questions": len(asked["service"]),
        "statuses": seen.statuses,
        "generations": len(seen.generations),
        "mixed": seen.mixed,
        "ms": {name: percentiles(seconds) for name, seconds in asked.items()},
        "service_of_library": {
            name: {"median": median(each), "least": min(each), "most": max(each)}
            for name, each in ratios.items()
        },
        "memory_mb": [round(each.memory) for each in rounds],
    }


def told_of(done: Round, seen: Seen) -> str:
    """A round in a line."""
    service, threads, alone = (
        median(each) * 1000 for each in (done.service, done.threads, done.alone)
    )
    return (
        f"service p50 {service:,.0f} ms, library {threads:,.0f} ms in threads and {alone:,.0f} ms "
        f"alone; statuses {dict(seen.statuses)}, {len(seen.generations)} generations, "
        f"{len(seen.mixed)} mixed, {done.memory:.0f} MB"
    )


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Half and nearly all of them are faster than this."""
    p50, p99 = np.percentile(np.array(seconds) * 1000, [50, 99])
    return {"p50": float(p50), "p99": float(p99)}


if __name__ == "__main__":
    laboratory.run("benchmarks.serving", main)
