"""Runs one stage of one tool in a process of its own. Uses only the standard library and the tool.

Called by ``processes.py`` as ``python -P runner.py STAGE REQUEST.json``. The result is written as
JSON to the path in the request. ``-P`` keeps this folder off ``sys.path``, where
``tools/rank_bm25.py`` would hide the library that it measures.

A tool is a file with four constants and two functions:

    NAME        as shown in the table
    PACKAGES    distributions whose versions are worth recording
    SETTINGS    one line: how it is set up
    COLD_START  one line: what a new process must do before it can answer
    build(task)          reads ``task.documents()`` and leaves what it needs in ``task.store``
    load(task) -> ask    returns ``ask(question) -> [(document id, score), ...]``, best first
"""

import importlib.metadata
import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

# Lazy parts of a library (thread pools, kernels, caches) start with the first questions.
WARM_UP = 10

Ranking = list[tuple[str, float]]
Ask = Callable[[str], Ranking]


class Stage(StrEnum):
    """The work of one process."""

    DESCRIBE = "describe"
    INDEX = "index"
    COLD = "cold"
    ASK = "ask"


class Document(NamedTuple):
    """A document of the corpus, whole."""

    id: str
    title: str
    text: str

    @property
    def whole(self) -> str:
        """Title and text, for tools with one field."""
        return f"{self.title}\n{self.text}" if self.title else self.text


class Task(NamedTuple):
    """Input of a tool: corpus, store, model and number of results."""

    corpus: Path
    store: Path
    model: str
    depth: int

    def documents(self) -> list[Document]:
        """Read the corpus from disk."""
        with self.corpus.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        return [Document(row["_id"], row.get("title", ""), row["text"]) for row in rows]

    def prompt(self, kind: str) -> str:
        """What the model wants before a ``query`` or a ``document``; often nothing.

        The model's folder is that of a sentence-transformers model.
        """
        settings = Path(self.model) / "config_sentence_transformers.json"
        prompts = json.loads(settings.read_text(encoding="utf-8")).get("prompts", {})
        return str(prompts.get(kind, ""))


def load_tool(path: Path) -> ModuleType:
    """Import a file under a name that cannot collide with a library's."""
    spec = importlib.util.spec_from_file_location(f"peer_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def peak_bytes() -> int:
    """Peak resident memory of this process and the processes that it started."""
    # Linux keeps ru_maxrss across exec, so the child of a large process would report its parent.
    status = Path("/proc/self/status")
    to_bytes = 1 if sys.platform == "darwin" else 1024
    if status.exists():
        own = next(
            int(line.split()[1]) * 1024
            for line in status.read_text().splitlines()
            if line.startswith("VmHWM:")
        )
    else:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * to_bytes
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * to_bytes)


def describe(tool: ModuleType) -> dict[str, Any]:
    """What the table's notes say of a tool."""
    return {
        "name": tool.NAME,
        "settings": tool.SETTINGS,
        "cold_start": tool.COLD_START,
        "versions": {name: importlib.metadata.version(name) for name in tool.PACKAGES},
        "python": sys.version.split()[0],
    }


def answer_all(ask: Ask, questions: list[tuple[str, str]], depth: int) -> dict[str, Any]:
    """Ask the questions one at a time; return seconds per question and the rankings.

    ``cpu_seconds`` is the processor time of all questions, which other work disturbs less.
    """
    for _, text in questions[:WARM_UP]:
        ask(text)
    seconds, run = [], {}
    began = time.process_time()
    for question, text in questions:
        before = time.perf_counter()
        ranking = ask(text)
        seconds.append(time.perf_counter() - before)
        run[question] = [(document, float(score)) for document, score in ranking[:depth]]
    cpu_seconds = time.process_time() - began
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "run": run}


def perform(stage: Stage, request: dict[str, Any]) -> dict[str, Any]:
    """Run one stage; ``finished_at`` is on the same clock as the driver's."""
    task = Task(Path(request["corpus"]), Path(request["store"]), request["model"], request["depth"])
    tool = load_tool(Path(request["tool"]))
    imported_at = time.monotonic()
    result: dict[str, Any] = {}
    if stage is Stage.DESCRIBE:
        result = describe(tool)
    elif stage is Stage.INDEX:
        tool.build(task)
    else:
        questions = [tuple(pair) for pair in request["questions"]]
        ask = tool.load(task)
        if stage is Stage.COLD:
            result = {"results": len(ask(questions[0][1]))}
        else:
            result = answer_all(ask, questions, task.depth)
    return {
        **result,
        "imported_at": imported_at,
        "finished_at": time.monotonic(),
        "peak_bytes": peak_bytes(),
    }


def main(stage: str, request_path: str) -> None:
    """Read a request, perform it, write the result."""
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    answer = perform(Stage(stage), request)
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
