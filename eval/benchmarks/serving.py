"""The service under load: several clients, beside the library, while the index changes.

    python -m eval.benchmarks.serving [--clients 8] [--questions 10000] [--generations 100]

Serves a copy of the seeds on 127.0.0.1 and asks the questions about them in turn, each client on a
connection of its own. Meanwhile the index is built again and again, each generation with another
document that says its number, and every answer is compared with the generation that it names.
Before and after, the library is asked alone, one question at a time.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import qa

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
QUESTIONS = ROOT / "eval/questions/seeds.jsonl"
MARK = "Which number has the generation of the counting house?"


@dataclass(slots=True)
class Seen:
    """What clients saw, shared between them."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    mixed: list[str] = field(default_factory=list)
    generations: set[int] = field(default_factory=set)


def main(arguments: list[str] | None = None) -> int:
    """Run it, and print what was measured; 1 if there was an error or a mixed answer."""
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks.serving")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--generations", type=int, default=100)
    chosen = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        return measured(Path(folder), chosen.clients, chosen.questions, chosen.generations)


def measured(folder: Path, clients: int, questions: int, generations: int) -> int:
    """One run in an empty folder."""
    shutil.copytree(SEEDS, folder / "seeds")
    write_mark(folder, 1)
    qa.index([folder / "seeds"], into=folder / ".qa")
    asked = [json.loads(line)["question"] for line in QUESTIONS.read_text().splitlines()]
    alone = [library_alone(folder, asked, questions // 50)]
    process, port = started(folder)
    seen, stop = Seen(), threading.Event()
    changing = threading.Thread(target=change, args=(folder, generations, stop))
    memory = [memory_of(process.pid)]
    counter = iter(range(questions))
    began = time.perf_counter()
    threads = [
        threading.Thread(target=ask_all, args=(port, asked, counter, seen, number))
        for number in range(clients)
    ]
    changing.start()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(5)
        memory.append(memory_of(process.pid))
    took = time.perf_counter() - began
    stop.set()
    changing.join()
    process.terminate()
    code = process.wait(30)
    alone.append(library_alone(folder, asked, questions // 50))
    report(seen, alone, memory, took, code)
    return int(bool(seen.mixed) or set(seen.statuses) != {200} or code != 0)


def write_mark(folder: Path, number: int) -> None:
    """The document that says the number of the generation that it will be in."""
    text = f"The generation of the counting house has the number {number}.\n"
    (folder / "seeds" / "count.txt").write_text(text)


def change(folder: Path, generations: int, stop: threading.Event) -> None:
    """Builds one generation after the other."""
    for number in range(2, generations + 2):
        if stop.is_set():
            return
        write_mark(folder, number)
        report = qa.index(into=folder / ".qa")
        if report.generation != number:
            raise SystemExit(f"generation {report.generation} instead of {number}")


def started(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The service, and its port."""
    command = [sys.executable, "-m", "qa", "serve", "--port", "0", "--quiet"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"listening at http://.*:(\d+)", line):
            return process, int(found[1])
    raise SystemExit("the service did not start")


def ask_all(port: int, asked: list[str], counter: Iterator[int], seen: Seen, seed: int) -> None:
    """One client: asks until all questions are asked. Each twentieth is about the generation."""
    chance = random.Random(seed)
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    for number in counter:
        question = MARK if number % 20 == 0 else chance.choice(asked)
        body = json.dumps({"question": question, "k": 5})
        began = time.perf_counter()
        connection.request("POST", "/ask", body, {"content-type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        seen.seconds.append(time.perf_counter() - began)
        seen.statuses[response.status] += 1
        if response.status == 200:
            compare(answer, seen)


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


def library_alone(folder: Path, asked: list[str], count: int) -> list[float]:
    """Seconds of questions that are asked of the library, one after the other."""
    chance = random.Random(count)
    with qa.open(folder / ".qa") as session:
        session.ask(MARK)
        seconds = []
        for _ in range(count):
            began = time.perf_counter()
            session.ask(chance.choice(asked)).to_dict()
            seconds.append(time.perf_counter() - began)
    return seconds


def memory_of(pid: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def report(
    seen: Seen, alone: list[list[float]], memory: list[float], took: float, code: int
) -> None:
    """Print the figures."""
    print(f"questions  {len(seen.seconds):,} in {took:.0f} s; by status {dict(seen.statuses)}")
    print(f"service    {percentiles(seen.seconds)}")
    for when, seconds in zip(("before", "after"), alone, strict=True):
        print(f"library    {percentiles(seconds)}, one at a time, {when}")
    print(f"generations seen {len(seen.generations)}, mixed answers {len(seen.mixed)}")
    quarter = max(1, len(memory) // 4)
    first, last = (np.mean(part) for part in (memory[quarter : 2 * quarter], memory[-quarter:]))
    print(
        f"memory     {first:.0f} MB in the second quarter, {last:.0f} MB in the last, exit {code}"
    )


def percentiles(seconds: list[float]) -> str:
    """Half and nearly all of them are faster than this."""
    p50, p99 = np.percentile(np.array(seconds) * 1000, [50, 99])
    return f"p50 {p50:,.0f} ms, p99 {p99:,.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
