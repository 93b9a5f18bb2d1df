"""Reduces a tool's stages to a row of scores, times and memory, and stores the rows."""

import json
import math
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .processes import Setup, Stages
from .sets import QuestionSet

SCHEMA = "qa.peers/1"
MEASURES = ("nDCG@10", "R@100")
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """Measurements of one tool. Seconds count from the start of its process."""

    name: str
    settings: str
    cold_start: str
    versions: dict[str, str]
    python: str
    measures: dict[str, float]
    index_s: float
    index_import_s: float
    query_p50_ms: float
    query_p95_ms: float
    cold_start_s: float
    cold_starts_s: list[float]
    index_peak_mib: float
    ask_peak_mib: float
    store_mib: float
    ndcg_by_question: dict[str, float]
    model: str = ""
    """Short name of the model; empty for a tool that opens none."""

    @property
    def label(self) -> str:
        """Tool and model."""
        return f"{self.name}, {self.model}" if self.model else self.name


@dataclass(frozen=True, slots=True)
class Comparison:
    """One set, one machine, one commit; a row for each tool that finished."""

    set_name: str
    set_sha256: str
    documents: int
    questions: int
    machine: dict[str, str]
    commit: str
    date: str
    commands: list[str] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    busy: bool = False
    """Whether the machine did other work, so that times say nothing."""


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile: the smallest value that this share of the values do not exceed."""
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


def score(
    run: dict[str, list[tuple[str, float]]], relevant: dict[str, dict[str, int]]
) -> dict[str, dict[str, float]]:
    """Value by question by measure; a question without results counts as 0."""
    # Imported here to keep the driver small: its memory counts in the processes that it starts.
    import ir_measures

    # trec_eval orders equal scores by document id; ranks keep the tool's own order.
    ranks = {
        question: {document: -rank for rank, (document, _) in reversed([*enumerate(ranking)])}
        for question, ranking in run.items()
    }
    values = {measure: dict.fromkeys(relevant, 0.0) for measure in MEASURES}
    wanted = [ir_measures.parse_measure(measure) for measure in MEASURES]
    for metric in ir_measures.iter_calc(wanted, relevant, ranks):
        values[str(metric.measure)][metric.query_id] = metric.value
    return values


def make_row(stages: Stages, questions: QuestionSet, setup: Setup) -> Row:
    """Make a tool's row from its stages."""
    values = score(stages.ask["run"], questions.relevant)
    milliseconds = [1000 * seconds for seconds in stages.ask["seconds"]]
    cold_starts = [cold["finished_at"] - cold["started_at"] for cold in stages.cold]
    index, asked = stages.index, stages.ask
    store = setup.folder / "store"
    size = sum(file.stat().st_size for file in store.rglob("*") if file.is_file())
    return Row(
        **{key: stages.describe[key] for key in ("name", "settings", "cold_start", "versions")},
        python=stages.describe["python"],
        measures={name: statistics.fmean(by.values()) for name, by in values.items()},
        index_s=index["finished_at"] - index["started_at"],
        index_import_s=index["imported_at"] - index["started_at"],
        query_p50_ms=percentile(milliseconds, 0.50),
        query_p95_ms=percentile(milliseconds, 0.95),
        cold_start_s=statistics.median(cold_starts),
        cold_starts_s=cold_starts,
        index_peak_mib=index["peak_bytes"] / MIB,
        ask_peak_mib=asked["peak_bytes"] / MIB,
        store_mib=size / MIB,
        ndcg_by_question={key: round(value, 4) for key, value in values["nDCG@10"].items()},
        model=setup.model_name,
    )


def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, system, and thread limits that the caller set."""
    cpuinfo = Path("/proc/cpuinfo")
    models = [
        line.split(":", 1)[1].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    limits = {key: value for key, value in os.environ.items() if key.endswith("_NUM_THREADS")}
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": platform.platform(),
        "thread_limits": json.dumps(limits, sort_keys=True) if limits else "none",
    }


def save(comparison: Comparison, path: Path) -> None:
    """Write one comparison as JSON."""
    content = {"schema": SCHEMA, **asdict(comparison)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path) -> Comparison:
    """Read what ``save`` wrote.

    Raises:
        ValueError: the file is of another kind or version.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.pop("schema", None) != SCHEMA:
        raise ValueError(f"{path} is not a {SCHEMA} file")
    rows = {key: Row(**row) for key, row in content.pop("rows").items()}
    return Comparison(**content, rows=rows)


def merge(old: Comparison, new: Comparison) -> Comparison:
    """Rows of both; those of the later run win.

    Raises:
        ValueError: they are not of the same questions, machine and commit.
    """
    for what in ("set_sha256", "machine", "commit"):
        before, after = getattr(old, what), getattr(new, what)
        if before != after:
            raise ValueError(f"cannot merge: {what} was {before}, and is {after} now")
    rows = old.rows | new.rows
    failures = {key: why for key, why in old.failures.items() if key not in new.rows}
    return Comparison(
        set_name=new.set_name,
        set_sha256=new.set_sha256,
        documents=new.documents,
        questions=new.questions,
        machine=new.machine,
        commit=new.commit,
        date=new.date,
        commands=[*old.commands, *new.commands],
        rows={key: row for key, row in rows.items() if key not in new.failures},
        failures=failures | new.failures,
        busy=old.busy or new.busy,
    )
