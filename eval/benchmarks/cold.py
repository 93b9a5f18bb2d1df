"""Time from a new process to a printed answer, compared with a minimal process.

Runs in a process of its own: the kernel counts the peak memory of a parent as its child's.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "index")]

from qa_index.encoding.shipped import shipped_files  # noqa: E402

QUESTION = "Who heads the forum?"

BARE = """
import os, sys
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import faiss, numpy as np, onnxruntime as ort
from tokenizers import Tokenizer
graph, weights, tokenizer, vectors, question = sys.argv[1:]
options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
options.intra_op_num_threads = 1
options.add_session_config_entry(
    "session.model_external_initializers_file_folder_path", os.path.dirname(weights))
with open(graph, "rb") as file:
    session = ort.InferenceSession(file.read(), options, providers=["CPUExecutionProvider"])
ids = np.array([Tokenizer.from_file(tokenizer).encode(question).ids])
feed = {each.name: np.ones_like(ids) if "mask" in each.name else ids * (each.name == "input_ids")
        for each in session.get_inputs()}
vector = session.run(None, feed)[0].mean(axis=1)
index = faiss.IndexFlatIP(vector.shape[1])
index.add(np.fromfile(vectors, dtype=np.float32).reshape(-1, vector.shape[1]))
print(index.search(vector, 5))
"""
"""Loads the same optimised model, encodes one question and searches FAISS; checks nothing."""


class Process(NamedTuple):
    """Medians over new processes, and the highest peak memory."""

    wall_ms: float
    cpu_ms: float
    peak_mb: float


def cold_starts(folder: Path, *, runs: int) -> dict[str, Process]:
    """Time new processes in turns; ``folder`` holds an index made with the default model."""
    command = [sys.executable, __file__, str(folder), str(runs)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return {name: Process(*values) for name, values in json.loads(printed).items()}


def _measured(folder: Path, runs: int) -> dict[str, Process]:
    vectors = next((folder / ".qa").glob("gen-*/vectors"))
    model = shipped_files()
    files = [model.graph, model.weights, model.tokenizer, vectors]
    python = sys.executable
    commands = {
        "bare process": [python, "-c", BARE, *files, QUESTION],
        "qa ask": [python, "-m", "qa", "ask", QUESTION],
        "qa status": [python, "-m", "qa", "status"],
        "qa --help": [python, "-m", "qa", "--help"],
        "import qa": [python, "-c", "import qa"],
        "python": [python, "-c", ""],
    }
    found: dict[str, list[Process]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            measured = _run([str(part) for part in command], folder)
            if turn:  # the first compiles modules and fills the page cache
                found[name].append(measured)
    return {
        name: Process(
            median(each.wall_ms for each in runs_of),
            median(each.cpu_ms for each in runs_of),
            max(each.peak_mb for each in runs_of),
        )
        for name, runs_of in found.items()
    }


def _run(command: list[str], folder: Path) -> Process:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # exit code 1: no answer, which is fine here
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Process(wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    print(json.dumps(_measured(Path(sys.argv[1]), int(sys.argv[2]))))
