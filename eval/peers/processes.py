"""Run a tool's stages, each in a fresh process, and record time and memory."""

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

RUNNER = Path(__file__).with_name("runner.py")
TOOLS = Path(__file__).with_name("tools")
ROOT = Path(__file__).parents[2]

# The deepest cutoff is that of R@100.
DEPTH = 100
# The table shows the median of the cold starts.
COLD_STARTS = 3
# Far above any stage on these sets; a stage that hangs must not block the others.
STAGE_LIMIT_S = 4 * 3600

# Nothing may be downloaded, and no telemetry sent, while a clock runs.
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


class ToolFailedError(Exception):
    """A stage of a tool failed; the message is the end of its log."""


class Setup(NamedTuple):
    """Where one tool runs: its interpreter, its file and its folder."""

    tool: Path
    python: Path
    folder: Path
    model: str
    import_path: str = ""
    model_name: str = ""
    """As the table shows it. Empty for a tool that opens no model."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The runner's results of each stage, with ``started_at`` set by this process."""

    describe: dict[str, Any]
    index: dict[str, Any]
    cold: list[dict[str, Any]]
    ask: dict[str, Any]


def environment(setup: Setup) -> dict[str, str]:
    """Environment variables of a tool's process; thread counts are the caller's."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    # An empty cache of its own: what a tool prepares there is part of its indexing.
    own = {"XDG_CACHE_HOME": str(setup.folder / "cache"), **OFFLINE}
    return inherited | own | ({"PYTHONPATH": setup.import_path} if setup.import_path else {})


def run_stage(
    stage: str, setup: Setup, corpus: Path, questions: list[tuple[str, str]]
) -> dict[str, Any]:
    """Start the runner for one stage, wait, and return its answer.

    Raises:
        ToolFailedError: the process failed or ran past ``STAGE_LIMIT_S``.
    """
    request, answer, log = (setup.folder / f"{stage}.{end}" for end in ("req", "json", "log"))
    content = {
        "tool": str(setup.tool),
        "corpus": str(corpus),
        "store": str(setup.folder / "store"),
        "model": setup.model,
        "depth": DEPTH,
        "questions": questions,
        "answer": str(answer),
    }
    request.write_text(json.dumps(content), encoding="utf-8")
    answer.unlink(missing_ok=True)
    command = [str(setup.python), "-P", str(RUNNER), stage, str(request)]
    with log.open("w") as output:
        started_at = time.monotonic()
        try:
            subprocess.run(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment(setup),
                timeout=STAGE_LIMIT_S,
                check=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            end = log.read_text(errors="replace").strip().splitlines()[-1:] or [str(error)]
            raise ToolFailedError(f"{stage}: {end[0]} (log: {log})") from error
    result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return result | {"started_at": started_at}


def run_tool(setup: Setup, corpus: Path, questions: list[tuple[str, str]]) -> Stages:
    """Run all stages of a tool in order, in an emptied folder that keeps its logs and rankings.

    The first stage describes the tool and imports it, so that no timed stage waits for the disk.
    """
    if setup.folder.exists():
        shutil.rmtree(setup.folder)
    (setup.folder / "store").mkdir(parents=True)
    describe = run_stage("describe", setup, corpus, [])
    index = run_stage("index", setup, corpus, [])
    cold = [run_stage("cold", setup, corpus, questions[:1]) for _ in range(COLD_STARTS)]
    ask = run_stage("ask", setup, corpus, questions)
    return Stages(describe, index, cold, ask)
