"""Compare other tools with ours on a BEIR folder: ``python -m eval.peers --beir FOLDER``."""

import argparse
import dataclasses
import datetime
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import environment, plot, processes, results, sets, table

OURS = "grounded_qa"
RESULTS = Path(__file__).with_name("results")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.peers", description=__doc__)
    parser.add_argument("--beir", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--split", default="test", help="which qrels (default: test)")
    parser.add_argument("--questions", type=int, metavar="N", help="a random sample of N")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: 0)")
    parser.add_argument("--peers", metavar="A,B", help="these tools only, merged into --out")
    parser.add_argument("--out", type=Path, help="default: eval/peers/results/DATE-COMMIT")
    parser.add_argument("--cache", type=Path, default=environment.DEFAULT_CACHE)
    parser.add_argument("--tools", type=Path, default=processes.TOOLS, help="folder of tools")
    return parser.parse_args(arguments)


def table_order(name: str) -> tuple[bool, str]:
    """Sort key: by name, ours last."""
    return name == OURS, name


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


def commit() -> str:
    """The commit that is checked out, marked when files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    found = subprocess.run(command, cwd=processes.ROOT, check=True, capture_output=True, text=True)
    return found.stdout.strip()


def make_setup(name: str, tools: Path, cache: Path, scratch: Path) -> processes.Setup:
    """Ours runs with this interpreter, the others in their own environment."""
    if name == OURS:
        python = Path(sys.executable)
        packages = (processes.ROOT, processes.ROOT / "index", processes.ROOT / "eval")
        import_path = ":".join(str(package) for package in packages)
    else:
        python, import_path = environment.ensure(cache), ""
    model = environment.model_path(python)
    return processes.Setup(tools / f"{name}.py", python, scratch / name, model, import_path)


def compare(
    questions: sets.QuestionSet, setups: dict[str, processes.Setup]
) -> tuple[dict[str, results.Row], dict[str, str]]:
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
        name: results.make_row(done, questions, setups[name].folder / "store")
        for name, done in stages.items()
    }
    return rows, failures


def check_mergeable(plan: results.Comparison, out: Path) -> None:
    """Fail before hours of work if the existing results cannot be merged."""
    path = out / f"{plan.set_name}.json"
    if path.exists():
        results.merge(results.load(path), plan)


def publish(comparison: results.Comparison, out: Path) -> None:
    """Write the set's JSON and plot, and the table of all sets in the folder."""
    path = out / f"{comparison.set_name}.json"
    merged = results.merge(results.load(path), comparison) if path.exists() else comparison
    rows = {name: merged.rows[name] for name in sorted(merged.rows, key=table_order)}
    merged = dataclasses.replace(merged, rows=rows)
    results.save(merged, path)
    everything = [results.load(file) for file in sorted(out.glob("*.json"))]
    (out / "table.md").write_text(table.page(everything), encoding="utf-8")
    if rows:
        drawing = plot.svg(merged, ours=OURS)
        (out / f"{comparison.set_name}.svg").write_text(drawing, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; return 1 if a tool failed, 2 if the arguments are invalid."""
    options = parse(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    revision = commit()
    out = options.out or RESULTS / f"{date}-{revision}"
    try:
        names = choose(options.tools, options.peers)
        questions = sets.read(
            options.beir, split=options.split, limit=options.questions, seed=options.seed
        )
        plan = results.Comparison(
            set_name=questions.name,
            set_sha256=questions.fingerprint(),
            documents=questions.documents,
            questions=len(questions.questions),
            machine=results.describe_machine(),
            commit=revision,
            date=date,
            commands=[shlex.join(["python", "-m", "eval.peers", *given])],
        )
        check_mergeable(plan, out)
        work = options.cache / "work" / questions.name
        setups = {name: make_setup(name, options.tools, options.cache, work) for name in names}
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    rows, failures = compare(questions, setups)
    publish(dataclasses.replace(plan, rows=rows, failures=failures), out)
    print(out / "table.md")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
