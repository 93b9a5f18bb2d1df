"""Compare other tools with ours on a BEIR folder: ``python -m eval.peers --beir FOLDER``."""

import argparse
import dataclasses
import datetime
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from eval import laboratory

from . import comparing, environment, plot, processes, sets, table

OURS = "grounded_qa"
MODELS = ("minilm", "e5")
"""By the short names of ours: what the other tools are mostly used with, and our default."""
WITHOUT_MODEL = ("bm25s", "rank_bm25")
RESULTS = Path(__file__).with_name("results")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("peers", __doc__)
    parser.add_argument("--beir", type=laboratory.beir, required=True, metavar="FOLDER")
    parser.add_argument("--split", default="test", help="which qrels (default: test)")
    parser.add_argument("--questions", type=int, metavar="N", help="a random sample of N")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: 0)")
    parser.add_argument("--peers", metavar="A,B", help="these tools only, merged into --out")
    parser.add_argument(
        "--model", action="append", choices=MODELS, help="repeatable (default: each in turn)"
    )
    parser.add_argument(
        "--busy", action="store_true", help="the machine does other work: leave times out"
    )
    parser.add_argument("--out", type=Path, help="default: eval/peers/results/DATE-COMMIT")
    parser.add_argument("--cache", type=Path, default=environment.DEFAULT_CACHE)
    parser.add_argument("--tools", type=Path, default=processes.TOOLS, help="folder of tools")
    return parser.parse_args(arguments)


def is_ours(name: str) -> bool:
    """Whether a tool, or a row with it, is this project."""
    return name.split("-")[0] == OURS


def table_order(name: str) -> tuple[bool, str]:
    """Sort key: by name, ours last."""
    return is_ours(name), name


def choose(folder: Path, wanted: str | None) -> list[str]:
    """Names of the tools to run, in table order: by name, ours last.

    Raises:
        ValueError: a wanted tool does not exist.
    """
    known = sorted((file.stem for file in folder.glob("*.py")), key=table_order)
    names = known if wanted is None else wanted.split(",")
    if unknown := set(names) - set(known):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return [name for name in known if name in names]


def make_setups(
    names: Sequence[str], models: Sequence[str], tools: Path, cache: Path, scratch: Path
) -> dict[str, processes.Setup]:
    """A setup for each row: a tool with each of the models, or once if it opens none."""
    setups = {}
    for name in names:
        for model in ("",) if name in WITHOUT_MODEL else models:
            key = f"{name}-{model}" if model else name
            python, place, import_path = make_place(name, model, cache)
            setups[key] = processes.Setup(
                tools / f"{name}.py", python, scratch / key, place, import_path, model
            )
    return setups


def make_place(name: str, model: str, cache: Path) -> tuple[Path, str, str]:
    """Interpreter, model and import path of a tool.

    Ours runs with this interpreter and opens a model by its short name; the others run in their own
    environment and open a folder.
    """
    if name == OURS:
        packages = (processes.ROOT, processes.ROOT / "index", processes.ROOT / "eval")
        return Path(sys.executable), model, ":".join(str(package) for package in packages)
    python = environment.ensure(cache)
    if model == "e5":
        return python, environment.unpacked_path(cache), ""
    return python, environment.model_path(python) if model else "", ""


def compare(
    questions: sets.QuestionSet, setups: dict[str, processes.Setup]
) -> tuple[dict[str, comparing.Row], dict[str, str]]:
    """Run the tools in turn; return rows of those that finished and errors of those that failed."""
    stages, failures = {}, {}
    for name, setup in setups.items():
        print(f"{name}: running", file=sys.stderr)
        try:
            stages[name] = processes.run_tool(setup, questions.corpus, questions.questions)
        except processes.ToolFailedError as error:
            failures[name] = str(error)
            print(f"{name}: {error}", file=sys.stderr)
    rows = {
        name: comparing.make_row(done, questions, setups[name]) for name, done in stages.items()
    }
    return rows, failures


def check_mergeable(plan: comparing.Comparison, out: Path) -> None:
    """Fail before hours of work if the existing results cannot be merged."""
    path = out / f"{plan.set_name}.json"
    if path.exists():
        comparing.merge(comparing.load(path), plan)


def publish(comparison: comparing.Comparison, out: Path) -> None:
    """Write the set's JSON and plot, and the table of all sets in the folder."""
    path = out / f"{comparison.set_name}.json"
    merged = comparing.merge(comparing.load(path), comparison) if path.exists() else comparison
    rows = {name: merged.rows[name] for name in sorted(merged.rows, key=table_order)}
    merged = dataclasses.replace(merged, rows=rows)
    comparing.save(merged, path)
    everything = [comparing.load(file) for file in sorted(out.glob("*.json"))]
    (out / "table.md").write_text(table.page(everything), encoding="utf-8")
    if rows:
        drawing = plot.svg(merged, ours=[name for name in rows if is_ours(name)])
        (out / f"{comparison.set_name}.svg").write_text(drawing, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; return 1 if a tool failed.

    Raises ``laboratory.Problem`` if the arguments are invalid.
    """
    options = parse(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    revision = laboratory.commit()
    out = options.out or RESULTS / f"{date}-{revision}"
    try:
        names = choose(options.tools, options.peers)
        questions = sets.read(
            options.beir, split=options.split, limit=options.questions, seed=options.seed
        )
        plan = comparing.Comparison(
            set_name=questions.name,
            set_sha256=questions.fingerprint(),
            documents=questions.documents,
            questions=len(questions.questions),
            machine=comparing.describe_machine(),
            commit=revision,
            date=date,
            commands=[shlex.join(["python", "-m", "eval.peers", *given])],
            busy=options.busy,
        )
        check_mergeable(plan, out)
        work = options.cache / "work" / questions.name
        models = options.model or MODELS
        setups = make_setups(names, models, options.tools, options.cache, work)
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        raise laboratory.Problem(str(error)) from None
    rows, failures = compare(questions, setups)
    publish(dataclasses.replace(plan, rows=rows, failures=failures), out)
    print(out / "table.md")
    return 1 if failures else 0


if __name__ == "__main__":
    laboratory.run("peers", main)
